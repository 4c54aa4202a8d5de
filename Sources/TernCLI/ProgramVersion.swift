// Owns the program's version.

enum ProgramVersion {
    static let number = "0.1.0"
}

// Owns why a document is not the vector file it claims to be.

/// What is wrong inside a file, in words; the file's reader adds the path.
struct FormatError: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

// Owns reading the environment. It must not know what a variable is for.

internal import Glibc
internal import TernInput

/// The environment of this process.
enum Environment {
    /// A variable; an empty one is as good as none.
    static func value(_ name: String) -> String? {
        guard let start = unsafe getenv(name), unsafe start.pointee != 0 else { return nil }
        return unsafe FileName.text(of: Array(UnsafeRawBufferPointer(start: start, count: strlen(start))))
    }
}

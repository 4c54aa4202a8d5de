// Owns why a file, a pipe or standard input gives no bytes. It must not know what the bytes were wanted for.

internal import Glibc

/// Why an input gives no bytes.
public struct InputError: Error, Sendable, Equatable {
    /// Whose fault it is, roughly.
    public enum Reason: Sendable {
        /// There is nothing at this path.
        case notFound
        /// It is there and nothing to read from: a folder, a device, a named pipe.
        case notFile
        /// The system does not let it be read.
        case unreadable
        /// Nobody waits for it any more.
        case abandoned
        /// It is larger than what the reader takes.
        case tooLarge
        /// A line is longer than what the reader takes.
        case lineTooLong
    }

    /// Whose fault it is.
    public let reason: Reason
    /// The path, `-` for standard input.
    public let path: String
    /// What is wrong, in words.
    public let detail: String

    /// Why it is, at which path, and in words.
    public init(_ reason: Reason, _ path: String, _ detail: String) {
        self.reason = reason
        self.path = path
        self.detail = detail
    }

    /// What the system said about a path.
    public init(system code: Int32, _ path: String) {
        self.path = path
        switch code {
        case ENOENT where path.isEmpty: (reason, detail) = (.notFound, "an empty path names no file")
        case ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP: (reason, detail) = (.notFound, SystemText.describe(code))
        case ENXIO, ENODEV: (reason, detail) = (.notFile, InputError.noFile)
        case EISDIR: (reason, detail) = (.notFile, SystemText.describe(code))
        default: (reason, detail) = (.unreadable, SystemText.describe(code))
        }
    }

    static let noFile = "neither a file nor a pipe of the shell"

    /// The path and what is wrong with it.
    public var text: String {
        switch path {
        case "": detail
        case "-": "standard input: \(detail)"
        default: "\(path): \(detail)"
        }
    }
}

// Owns why a path gives no cases to run.

internal import TernInput

/// Why a path gives no cases to run.
public struct VectorFault: Error, Sendable, Equatable {
    /// Whose fault it is, roughly: the command has an exit code for each.
    public enum Reason: Sendable {
        /// There is nothing at this path.
        case notFound
        /// It is there and no file: a folder, a device, a named pipe.
        case notFile
        /// It is there, and the system does not let it be read.
        case unreadable
        /// It is more than what is run: more than ``VectorFile/sizeLimit`` bytes, too many values, too deep, too much work.
        case tooLarge
        /// It is no JSON document.
        case notJSON
        /// It is JSON and none of the formats.
        case notVectors
        /// It is of a format and breaks that format's rules.
        case invalid
    }

    /// Whose fault it is.
    public let reason: Reason
    /// The path.
    public let path: String
    /// What is wrong, in words.
    public let detail: String

    init(_ reason: Reason, _ path: String, _ detail: String) {
        self.reason = reason
        self.path = path
        self.detail = detail
    }

    init(_ error: InputError) {
        path = error.path
        detail = error.detail
        reason =
            switch error.reason {
            case .notFound: .notFound
            case .notFile: .notFile
            case .unreadable, .abandoned: .unreadable
            case .tooLarge, .lineTooLong: .tooLarge
            }
    }

    /// The path and what is wrong with it.
    public var text: String { InputError(.notFound, path, detail).text }
}

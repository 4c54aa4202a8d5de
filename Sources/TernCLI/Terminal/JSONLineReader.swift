// Owns reading one JSON object a line, as `--json-lines` takes them. It must not know what the objects mean.

internal import TernInput
internal import TernJSON

/// The objects of an input, one a line. Empty lines are passed over.
struct JSONLineReader: ~Copyable, Sendable {
    private var lines: LineReader
    private let path: String

    /// A message with its stanza is far below; a batch may have any number of lines.
    static let lineLimit = 1 << 20

    /// - Parameter path: A file; nil and `-` are standard input.
    init(_ path: String?, _ workplace: Workplace) throws(CommandFailure) {
        do throws(InputError) {
            let input = try workplace.open(path)
            self.path = input.name
            lines = LineReader(input, limit: JSONLineReader.lineLimit)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// The number of the line that the last object stood in, from 1.
    var number: Int { lines.number }

    /// Bytes of all lines so far.
    var consumed: Int { lines.consumed }

    /// Whether the next object can be had without waiting for whoever writes it.
    func isReady() -> Bool { lines.isReady() }

    /// A line that was not looked into.
    struct Line: Sendable {
        /// From 1.
        let number: Int
        let path: String
        let bytes: [UInt8]

        /// The object that it is.
        /// - Throws: `malformed`, `limitExceeded`.
        func object() throws(CommandFailure) -> JSONObject {
            let value: JSONValue
            do throws(JSONError) {
                value = try JSONReader.read(bytes)
            } catch {
                throw CommandFailure(
                    error.reason.isLimit ? .limitExceeded : .malformed, "\(path), line \(number): \(error.text)")
            }
            guard let object = value.object else {
                throw CommandFailure(.malformed, "\(path), line \(number): \(value.typeName) where an object should be")
            }
            return object
        }
    }

    /// The next line that is not empty; nil at the end.
    /// - Throws: `limitExceeded` for a line that is too long, after which the next line can be read.
    mutating func next() throws(CommandFailure) -> Line? {
        while let line = try nextLine() {
            if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) { continue }
            return Line(number: number, path: path, bytes: line)
        }
        return nil
    }

    private mutating func nextLine() throws(CommandFailure) -> [UInt8]? {
        do throws(InputError) {
            return try lines.next()
        } catch {
            throw CommandFailure(error)
        }
    }
}

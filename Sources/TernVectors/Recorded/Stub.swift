// stub
internal import TernJSON
struct Transcript: Sendable { let cases: [VectorCase]; func run(_ r: (VectorCase, Outcome) -> Void) {} }
struct Fanout: Sendable { let cases: [VectorCase]; func run(_ r: (VectorCase, Outcome) -> Void) {} }
enum TranscriptFormat {
    static func read(_ d: JSONValue) throws(FormatError) -> FormatContent { throw FormatError("x") }
}
enum FanoutFormat { static func read(_ d: JSONValue) throws(FormatError) -> FormatContent { throw FormatError("x") } }

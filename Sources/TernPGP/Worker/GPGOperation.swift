// Owns what is asked of GnuPG for a message, as a value: it can be done here, or in another process. It must not know by whom.

internal import TernCore

/// Something for a context to do.
struct GPGOperation: Sendable {
    enum Kind: Int64 {
        case open = 1
        case openSigned = 2
        case verify = 3
        case seal = 4
        case sign = 5
        case signApart = 6
        case take = 7
    }

    let kind: Kind
    /// What it is done to.
    let input: [UInt8]
    /// The text of a signature that stands apart.
    var text: [UInt8] = []
    var audience = GPGContext.Audience()
    var isSigned = false
    /// The longest output.
    var limit = 0

    /// What came of it.
    struct Outcome: Sendable {
        var output: [UInt8] = []
        var reading: MessageReading?
        var keys: [Fingerprint] = []
    }

    /// Does it.
    func run(in context: GPGContext) throws(SessionError) -> Outcome {
        switch kind {
        case .open:
            let opened = try context.open(input.span, limit: limit)
            return Outcome(output: opened.sink.take(), reading: opened.reading)
        case .openSigned:
            let opened = try context.openSigned(input.span, limit: limit)
            return Outcome(output: opened.sink.take(), reading: opened.reading)
        case .verify: return Outcome(reading: try context.verify(input.span, of: text.span))
        case .seal: return Outcome(output: try context.seal(input.span, to: audience, isSigned: isSigned))
        case .sign: return Outcome(output: try context.sign(input.span, .around))
        case .signApart: return Outcome(output: try context.sign(input.span, .detached))
        case .take: return Outcome(keys: try context.takeKeys(input.span))
        }
    }
}

// Owns why a replayed event is not what was recorded.

internal import TernRatchet

/// What differs from the recording, or why the event could not be repeated.
struct ReplayError: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

/// Runs a step of the ratchet that the recording says succeeded.
func replaying<Result: ~Copyable>(_ body: () throws(RatchetError) -> Result) throws(ReplayError) -> Result {
    do throws(RatchetError) {
        return try body()
    } catch {
        throw ReplayError("refused for \(error.words), where the recording succeeded")
    }
}

/// Compares bytes with recorded ones.
func expect(_ actual: [UInt8]?, _ recorded: [UInt8]?, _ what: String) throws(ReplayError) {
    guard actual != recorded else { return }
    let texts = [actual, recorded].map { $0.map(Hex.text(of:)) ?? "none" }
    throw ReplayError("\(what) is \(texts[0]), recorded is \(texts[1])")
}

/// Compares anything else with what was recorded.
func expect<Value: Equatable>(_ actual: Value, _ recorded: Value, _ what: String) throws(ReplayError) {
    guard actual != recorded else { return }
    throw ReplayError("\(what) is \(actual), recorded is \(recorded)")
}

extension ErrorClass {
    /// The class of a ratchet's error; nil for what no message should cause.
    init?(_ error: RatchetError) {
        switch error {
        case .unauthentic: self = .unauthentic
        case .duplicate, .forgotten: self = .duplicate
        case .tooFarAhead: self = .tooFarAhead
        case .malformed, .invalidKey: self = .malformed
        case .tooEarly: self = .noSession
        case .chainExhausted, .malformedRecord, .unsupportedRecord, .backend: return nil
        }
    }
}

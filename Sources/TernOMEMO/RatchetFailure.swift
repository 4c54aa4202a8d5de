// Owns what the ratchet's failures are called behind `Session`. It must not know where they come from.

internal import TernCore
internal import TernRatchet

extension SessionError {
    /// Puts the ratchet's failures into every scheme's terms.
    init(_ error: RatchetError) {
        switch error {
        case .unauthentic: self = .unauthentic
        case .duplicate: self = .duplicate
        case .forgotten: self = .materialMissing
        case .tooFarAhead: self = .tooFarAhead
        case .malformed, .invalidKey: self = .malformed
        case .tooEarly: self = .noSession
        case .chainExhausted: self = .limitExceeded
        case .malformedRecord: self = .store(.damaged)
        case .unsupportedRecord(let version): self = .store(.newer(version: Int(version)))
        case .backend(let code): self = .backend(code: code)
        }
    }
}

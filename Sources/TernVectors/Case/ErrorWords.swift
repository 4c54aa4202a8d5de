// Owns the errors of the layers below in words, for a person who reads why a case failed. Their names in the code are
// nobody's business.

internal import TernCrypto
internal import TernRatchet
internal import TernWire

extension CryptoError {
    /// In words, without a full stop.
    var words: String {
        switch self {
        case .wrongLength(let count): "a wrong length, \(count) bytes"
        case .lowOrderPublicKey: "a public key of small order"
        case .nonCanonicalPublicKey: "a public key that is not in its canonical form"
        case .invalidPublicKey: "a public key that is no point of its curve"
        case .unauthentic: "a signature, code or tag that does not fit"
        case .malformedCiphertext: "a ciphertext with a wrong length or padding"
        case .malformedText: "a text that is not the one spelling of any bytes"
        case .limitExceeded: "more output than the algorithm can give"
        case .changedBetweenReads: "bytes that were others when they were read again"
        case .libgcryptInUse: "libgcrypt being in use before libotr was started"
        case .backend(let code): "error \(code) of the library"
        }
    }
}

extension RatchetError {
    /// In words, without a full stop.
    var words: String {
        switch self {
        case .unauthentic: "a tag, padding or signature that does not fit"
        case .duplicate: "a message that was decrypted before"
        case .forgotten: "a message whose key was given up"
        case .tooFarAhead(let steps): "a message that is \(steps) steps ahead"
        case .malformed: "a length that the protocol does not have"
        case .invalidKey: "a public key that no honest device has"
        case .tooEarly: "no message that has arrived yet to answer to"
        case .chainExhausted: "a chain that has ended"
        case .malformedRecord: "bytes that are no record of this session"
        case .unsupportedRecord(let version): "a record of version \(version)"
        case .backend(let code): "error \(code) of the library"
        }
    }
}

extension WireError {
    /// In words, without a full stop.
    var words: String {
        switch self {
        case .truncated: "it ends too early"
        case .malformed: "a field is not as it should be"
        case .missingField(let number): "field \(number) is missing"
        case .duplicateField(let number): "field \(number) stands there twice"
        case .wrongLength(let count): "a wrong length, \(count) bytes"
        case .unknownKeyType(let type): "a key of the unknown type \(type)"
        case .unsupportedVersion(let version): "the version byte \(version)"
        case .tooLarge(let count): "too large, \(count) bytes"
        }
    }
}

// Owns who has decided about a key, as it is kept. It must not know what was decided.

internal import TernCrypto
internal import TernRatchet

/// Who has decided how far a key is trusted.
enum Decider: Equatable {
    /// A person at this device, or its policy.
    case local
    /// A trust message of another device of this account, by its key.
    case ownDevice(X25519PublicKey)
    /// A trust message of a device of the key's owner.
    case contact(X25519PublicKey)

    /// The key that the trust message came from.
    var key: X25519PublicKey? {
        switch self {
        case .local: nil
        case .ownDevice(let key), .contact(let key): key
        }
    }

    /// Whose word counts more: a person here, then this account's other devices, then contacts.
    var rank: Int {
        switch self {
        case .local: 2
        case .ownDevice: 1
        case .contact: 0
        }
    }

    init(_ reader: inout RecordReader) throws(RatchetError) {
        switch try reader.byte() {
        case 0: self = .local
        case 1: self = .ownDevice(try reader.publicKey())
        case 2: self = .contact(try reader.publicKey())
        default: throw .malformedRecord
        }
    }

    func write(to writer: inout RecordWriter) {
        switch self {
        case .local: writer.write(0 as UInt8)
        case .ownDevice(let key):
            writer.write(1 as UInt8)
            writer.write(key)
        case .contact(let key):
            writer.write(2 as UInt8)
            writer.write(key)
        }
    }
}

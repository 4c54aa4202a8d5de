// Owns how a sealed store is opened: what a person or a script has, and what the store keeps about it.
// It must not know what is sealed.

public import TernCrypto
internal import TernCore

/// What opens a sealed store.
public enum StoreKey: ~Copyable, Sendable {
    /// What a person remembers. Argon2id makes a key of it.
    case passphrase(SecretBytes)
    /// The 32 random bytes of a key file.
    case file(Secret<32>)
}

/// How a store is sealed.
public struct Sealing: ~Copyable, Sendable {
    let key: StoreKey
    let cost: PasswordKey.Cost

    /// A sealing. `cost` counts for passphrases alone.
    public init(_ key: consuming StoreKey, cost: PasswordKey.Cost = .moderate) {
        self.key = key
        self.cost = cost
    }
}

/// The key of a store, wrapped by what opens it: another passphrase wraps the same key, and no row changes.
struct KeySlot {
    /// As it is stored: kind, passes, KiB, salt, nonce, key and tag.
    let bytes: [UInt8]

    private enum Kind: UInt8 {
        case passphrase = 1
        case file = 2
    }

    /// Wraps a key.
    init(_ storeKey: borrowing Secret<32>, by sealing: borrowing Sealing) throws(StoreError) {
        var entropy = SystemEntropy()
        let kind: Kind
        switch sealing.key {
        case .passphrase: kind = .passphrase
        case .file: kind = .file
        }
        let numbers = [sealing.cost.passes, sealing.cost.kibibytes].flatMap { Self.bytes($0) }
        let head = [kind.rawValue] + numbers + entropy.bytes(PasswordKey.saltLength)
        let key = try Self.wrappingKey(sealing.key, head)
        let nonce = entropy.bytes(XChaCha20Poly1305.nonceLength)
        var wrapped = [UInt8](repeating: 0, count: 32 + XChaCha20Poly1305.tagLength)
        var output = wrapped.mutableSpan
        do {
            try XChaCha20Poly1305.seal(
                storeKey.span, key: key.span, nonce: nonce.span, authenticating: head.span, into: &output)
        } catch {
            throw .backend(code: 0)
        }
        bytes = head + nonce + wrapped
    }

    /// Takes what is stored.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Unwraps the key.
    func open(_ key: borrowing StoreKey) throws(StoreError) -> Secret<32> {
        guard bytes.count == Self.length else { throw .damaged }
        let span = bytes.span
        let (head, rest) = (Array(bytes[..<Self.headLength]), span.extracting(Self.headLength..<Self.length))
        let nonce = rest.extracting(0..<XChaCha20Poly1305.nonceLength)
        let wrappingKey = try Self.wrappingKey(key, head)
        do {
            let storeKey = try XChaCha20Poly1305.open(
                rest.extracting(nonce.count..<rest.count), key: wrappingKey.span, nonce: nonce,
                authenticating: head.span)
            return try Secret<32>(copying: storeKey.span)
        } catch {
            throw .wrongKey
        }
    }

    private static func wrappingKey(_ key: borrowing StoreKey, _ head: [UInt8]) throws(StoreError) -> Secret<32> {
        guard let kind = Kind(rawValue: head[0]) else { throw .damaged }
        let cost = PasswordKey.Cost(passes: number(head[1..<5]), kibibytes: number(head[5..<9]))
        let salt = Array(head[9...])
        switch key {
        case .passphrase(let passphrase):
            guard kind == .passphrase else { throw .wrongKey }
            guard allowedPasses.contains(cost.passes), allowedKibibytes.contains(cost.kibibytes) else { throw .damaged }
            do {
                return try PasswordKey.derive(from: passphrase.span, salt: salt.span, cost: cost)
            } catch {
                throw .backend(code: 0)
            }
        case .file(let secret):
            guard kind == .file else { throw .wrongKey }
            do {
                let info = Array("tern store key file".utf8)
                return try Secret<32> { bytes throws(CryptoError) in
                    try HKDFSHA256.derive(from: secret.span, salt: salt.span, info: info.span, into: &bytes)
                }
            } catch {
                throw .backend(code: 0)
            }
        }
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32($0))) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static let headLength = 1 + 4 + 4 + PasswordKey.saltLength
    private static let length = headLength + XChaCha20Poly1305.nonceLength + 32 + XChaCha20Poly1305.tagLength
    // The file says what a passphrase costs, so somebody else may have written it: no more than a laptop can give.
    private static let allowedPasses: ClosedRange<UInt32> = 1...16
    private static let allowedKibibytes: ClosedRange<UInt32> = 8...(1 << 20)
}

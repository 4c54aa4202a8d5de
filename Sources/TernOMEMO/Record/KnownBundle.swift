// Owns what is kept of a bundle that no session was started from yet. It must not know how bundles are published.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// A device's prekeys. The signature was checked before they were kept.
struct KnownBundle: Equatable {
    private static let format: UInt8 = 1

    /// One-time prekeys that are kept of a bundle: one is taken a session, and a bundle is fetched anew long before.
    static let preKeyLimit = 200

    let signedPreKey: SignedPreKey
    var preKeys: [PreKey]

    init(_ signedPreKey: SignedPreKey, _ preKeys: [PreKey]) {
        self.signedPreKey = signedPreKey
        self.preKeys = Array(preKeys.prefix(KnownBundle.preKeyLimit))
    }

    init(_ record: Span<UInt8>) throws(RatchetError) {
        var reader = RecordReader(record)
        try reader.format(KnownBundle.format)
        let id = try reader.number()
        let key = try reader.publicKey()
        let encoded = try reader.counted().array
        let identity = IdentityPublicKey(trusting: encoded, x25519: try reader.publicKey())
        signedPreKey = SignedPreKey(trusting: id, key: key, identity: identity)
        let count = try reader.number()
        guard count <= KnownBundle.preKeyLimit else { throw .malformedRecord }
        var preKeys: [PreKey] = []
        for _ in 0..<count {
            let id = try reader.number()
            preKeys.append(PreKey(id: id, key: try reader.publicKey()))
        }
        self.preKeys = preKeys
        try reader.finish()
    }

    var record: SecretBytes {
        let identity = signedPreKey.identity
        var writer = RecordWriter(capacity: 160 + 36 * preKeys.count)
        writer.write(KnownBundle.format)
        writer.write(signedPreKey.id)
        writer.write(signedPreKey.key)
        writer.write(counted: identity.encoded.span)
        writer.write(identity.x25519)
        writer.write(UInt32(preKeys.count))
        for preKey in preKeys {
            writer.write(preKey.id)
            writer.write(preKey.key)
        }
        return writer.finish()
    }
}

// Owns the private halves of prekeys as they are kept. It must not know when they are made or used.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// A prekey of this device, one-time or signed.
struct StoredPreKey: ~Copyable {
    private static let format: UInt8 = 1

    /// The key.
    let pair: X25519KeyPair
    /// When it was made.
    let made: Timestamp

    init(_ pair: consuming X25519KeyPair, made: Timestamp) {
        self.pair = pair
        self.made = made
    }

    init(_ record: Span<UInt8>) throws(RatchetError) {
        var reader = RecordReader(record)
        try reader.format(StoredPreKey.format)
        let made = try reader.time()
        let secret = try reader.secret()
        let publicKey = try reader.publicKey()
        try reader.finish()
        self.init(X25519KeyPair(X25519PrivateKey(secret), publicKey: publicKey), made: made)
    }

    var record: SecretBytes {
        var writer = RecordWriter(capacity: 80)
        writer.write(StoredPreKey.format)
        writer.write(made)
        writer.write(pair.privateKey.span)
        writer.write(pair.publicKey)
        return writer.finish()
    }
}

// Owns the way from what a person remembers to a key: slow and large on purpose. It must not know what the key opens.

internal import CSodium

/// A key from a passphrase, by Argon2id (RFC 9106, version 1.3, one lane).
public enum PasswordKey {
    /// How much one guess costs.
    public struct Cost: Sendable, Hashable {
        /// Passes over the memory.
        public let passes: UInt32
        /// Memory in KiB.
        public let kibibytes: UInt32

        /// A cost. What is below the least that Argon2id allows is refused when a key is made.
        public init(passes: UInt32, kibibytes: UInt32) {
            self.passes = passes
            self.kibibytes = kibibytes
        }

        /// 256 MiB three times over: libsodium's "moderate", most of a second.
        public static let moderate = Cost(passes: 3, kibibytes: 256 * 1024)
        /// 8 KiB, once: for tests, and no passphrase that matters.
        public static let least = Cost(passes: 1, kibibytes: 8)
    }

    /// Bytes in a salt.
    public static let saltLength = 16

    /// Derives 32 bytes.
    /// - Throws: ``CryptoError/wrongLength(_:)`` for a salt of another length, ``CryptoError/limitExceeded`` where the cost
    ///   is none that Argon2id allows, or the memory for it is not there.
    public static func derive(
        from passphrase: Span<UInt8>, salt: Span<UInt8>, cost: Cost
    ) throws(CryptoError) -> Secret<32> {
        Sodium.require()
        guard salt.count == saltLength else { throw .wrongLength(salt.count) }
        let length = UInt64(passphrase.count)
        var code: Int32 = -1
        let key = Secret<32> { key in
            code = unsafe key.withPointer { key in
                unsafe passphrase.withPointer { passphrase in
                    unsafe salt.withPointer { salt in
                        unsafe passphrase.withMemoryRebound(to: CChar.self, capacity: Int(length)) { passphrase in
                            unsafe crypto_pwhash(
                                key, 32, passphrase, length, salt, UInt64(cost.passes), Int(cost.kibibytes) << 10,
                                crypto_pwhash_ALG_ARGON2ID13)
                        }
                    }
                }
            }
        }
        Memory.burnStack()
        guard code == 0 else { throw .limitExceeded }
        return key
    }
}

// Owns the root chain: what X3DH begins and each turn of the ratchet moves on.

internal import TernCrypto

/// RK of the Double Ratchet (§2.3).
struct RootKey: ~Copyable {
    let bytes: Secret<32>

    /// SK of X3DH: HKDF over what `collect` gathers, with a salt of zeros (§2.2, "KDF").
    init(
        suite: Suite, _ collect: (inout X3DH.Secrets) throws(CryptoError) -> Void
    ) throws(RatchetError) {
        var secrets = X3DH.Secrets()
        do {
            try collect(&secrets)
        } catch {
            throw RatchetError(error)
        }
        let info = suite.agreementInfo
        bytes = Secret<32> { root in
            HKDFSHA256.write(from: secrets.span, salt: Span(), info: info.span, into: &root)
        }
        Memory.burnStack()
    }

    /// A key that was stored.
    init(_ bytes: consuming Secret<32>) {
        self.bytes = bytes
    }

    /// KDF_RK(RK, DH(own, remote)): the next root key and a new chain (§3.2).
    /// - Throws: ``RatchetError/invalidKey`` when `remote` has small order.
    func step(
        own: borrowing X25519PrivateKey, remote: X25519PublicKey, suite: Suite
    ) throws(RatchetError) -> Step {
        do {
            let shared = try own.sharedSecret(with: remote)
            let info = suite.rootInfo
            var derived = Secret<64> { derived in
                HKDFSHA256.write(from: shared.span, salt: bytes.span, info: info.span, into: &derived)
            }
            Memory.burnStack()
            return Step(splitting: &derived)
        } catch {
            throw RatchetError(error)
        }
    }

    /// What a step gives.
    struct Step: ~Copyable {
        let root: RootKey
        let chain: ChainKey

        init(splitting derived: inout Secret<64>) {
            root = RootKey(Secret<32> { bytes in for index in 0..<32 { bytes[index] = derived.span[index] } })
            chain = ChainKey(Secret<32> { bytes in for index in 0..<32 { bytes[index] = derived.span[32 + index] } })
        }
    }
}

// Owns the long-lived key of a device, in the forms that the versions want. It must not know whose it is.

public import TernCrypto

/// Another device's identity key: the bytes as received, and the Curve25519 form to agree with.
public struct IdentityPublicKey: Sendable, Hashable {
    /// The wire form, never computed anew: associated data is made of it, and an Ed25519 key's sign bit is lost in its
    /// Curve25519 form.
    public let encoded: [UInt8]
    /// The form for X25519, which is also the fingerprint in every version.
    public let x25519: X25519PublicKey

    /// Reads the wire form.
    /// - Parameter known: A key that it may be: bytes that were checked once are not checked again.
    /// - Throws: ``RatchetError/malformed`` for a wrong length or prefix, ``RatchetError/invalidKey`` for bytes that are
    ///   no key.
    public init(
        encoded: Span<UInt8>, suite: Suite, known: IdentityPublicKey? = nil
    ) throws(RatchetError) {
        if let known, known.encoded.count == encoded.count,
            known.encoded.indices.allSatisfy({ known.encoded[$0] == encoded[$0] })
        {
            self = known
            return
        }
        let prefix = suite.keyPrefix
        let skipped = prefix == nil ? 0 : 1
        guard encoded.count == 32 + skipped, prefix == nil || encoded[0] == prefix else { throw .malformed }
        do {
            let bytes: FixedBytes<32> = try FixedBytes(encoded.extracting(droppingFirst: skipped))
            switch suite.identityForm {
            case .curve25519: x25519 = try X25519PublicKey(bytes)
            case .ed25519: x25519 = try Ed25519PublicKey(bytes).x25519()
            }
        } catch {
            throw RatchetError(error)
        }
        self.encoded = encoded.indices.map { encoded[$0] }
    }

    /// Trusts stored bytes: they were checked when they were first read.
    package init(trusting encoded: [UInt8], x25519: X25519PublicKey) {
        self.encoded = encoded
        self.x25519 = x25519
    }

    /// Checks a signature of this key.
    /// - Throws: ``RatchetError/unauthentic`` when it does not fit.
    public func verify(_ signature: Span<UInt8>, of message: Span<UInt8>, suite: Suite) throws(RatchetError) {
        do {
            switch suite.identityForm {
            case .curve25519: try SignBitSignature.verify(signature, of: message, by: x25519)
            case .ed25519: try Ed25519PublicKey(encoded.span).verify(signature, of: message)
            }
        } catch {
            throw .unauthentic
        }
    }
}

/// This device's identity key, held in every form that it is needed in.
public struct IdentityKeyPair: ~Copyable, Sendable {
    /// How the key was made decides how it signs.
    private enum Origin: ~Copyable, Sendable {
        case seed(Ed25519PrivateKey)
        case scalar(edwards: Ed25519PublicKey)
    }

    private let origin: Origin
    private let agreement: X25519KeyPair

    /// A key that begins as an Ed25519 seed: the form for new devices.
    public init(seed: borrowing Secret<32>) {
        let key = Ed25519PrivateKey(seed: seed)
        agreement = X25519KeyPair(key.x25519())
        origin = .seed(key)
    }

    /// A key that exists as a Curve25519 scalar only, as other implementations keep it. It signs by XEdDSA.
    /// - Throws: ``RatchetError/invalidKey`` for the one scalar whose key has no Edwards form.
    public init(scalar: consuming Secret<32>) throws(RatchetError) {
        let pair = X25519KeyPair(X25519PrivateKey(scalar))
        do {
            origin = .scalar(edwards: try pair.publicKey.ed25519(signBit: false))
        } catch {
            throw RatchetError(error)
        }
        agreement = pair
    }

    /// The Curve25519 form.
    public var x25519: X25519PublicKey { agreement.publicKey }

    /// The Ed25519 form. A key made from a scalar has sign bit 0.
    public var ed25519: Ed25519PublicKey {
        switch origin {
        case .seed(let key): key.publicKey
        case .scalar(let edwards): edwards
        }
    }

    /// The wire form in `suite`.
    public func encoded(for suite: Suite) -> [UInt8] {
        switch suite.identityForm {
        case .curve25519: suite.encode(x25519)
        case .ed25519: (suite.keyPrefix.map { [$0] } ?? []) + ed25519.bytes.array
        }
    }

    /// The public half as others see it.
    public func publicKey(for suite: Suite) -> IdentityPublicKey {
        IdentityPublicKey(trusting: encoded(for: suite), x25519: x25519)
    }

    /// Signs `message` in the form of `suite`. Keys made from a seed sign deterministically and leave `entropy` alone.
    public func sign(_ message: Span<UInt8>, suite: Suite, entropy: inout some Entropy) -> FixedBytes<64> {
        switch origin {
        case .seed(let key):
            switch suite.identityForm {
            case .curve25519: return SignBitSignature.sign(message, with: key)
            case .ed25519: return key.sign(message)
            }
        case .scalar:
            // the sign bit of this form is 0 already, in both versions
            let nonce = Secret<64>(from: &entropy)
            return XEdDSA.sign(message, with: agreement.privateKey, nonce: nonce)
        }
    }

    /// The shared secret with somebody's key.
    func sharedSecret(with peer: X25519PublicKey) throws(CryptoError) -> Secret<32> {
        try agreement.privateKey.sharedSecret(with: peer)
    }
}

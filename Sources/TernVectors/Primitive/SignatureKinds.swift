// Owns the kinds that sign and verify.

internal import TernCrypto

enum SignatureKinds {
    static func outputs(of kind: CaseKind, _ inputs: CaseInputs) throws(CaseFailure) -> [CaseValue] {
        let message = try inputs.bytes("message")
        switch kind {
        case .ed25519Sign:
            let seed = try inputs.bytes("seed")
            let key = try attempt { () throws(CryptoError) in Ed25519PrivateKey(seed: try Secret<32>(copying: seed)) }
            let signature = key.sign(message.span)
            try confirm { () throws(CryptoError) in try key.publicKey.verify(signature.span, of: message.span) }
            return [.bytes("public", key.publicKey.bytes.array), .bytes("signature", signature.array)]
        case .xeddsaSign:
            let scalar = try inputs.bytes("private")
            let random = try inputs.bytes("nonce")
            let key = try attempt { () throws(CryptoError) in X25519PrivateKey(try Secret<32>(copying: scalar)) }
            let nonce = try attempt { () throws(CryptoError) in try Secret<64>(copying: random) }
            let signature = XEdDSA.sign(message.span, with: key, nonce: nonce)
            let publicKey = key.publicKey()
            try confirm { () throws(CryptoError) in
                try publicKey.ed25519(signBit: false).verify(signature.span, of: message.span)
            }
            return [.bytes("public", publicKey.bytes.array), .bytes("signature", signature.array)]
        default:
            let key = try inputs.bytes("public")
            let signature = try inputs.bytes("signature")
            try attempt { () throws(CryptoError) in try verify(kind, key, message, signature) }
            return [.flag("valid", true)]
        }
    }

    private static func verify(
        _ kind: CaseKind, _ key: [UInt8], _ message: [UInt8], _ signature: [UInt8]
    ) throws(CryptoError) {
        switch kind {
        case .xeddsaVerify:
            try X25519PublicKey(key.span).ed25519(signBit: false).verify(signature.span, of: message.span)
        case .signBitVerify:
            try SignBitSignature.verify(signature.span, of: message.span, by: X25519PublicKey(key.span))
        default:
            try Ed25519PublicKey(key.span).verify(signature.span, of: message.span)
        }
    }

    /// What was signed here has to verify here.
    private static func confirm(_ verify: () throws(CryptoError) -> Void) throws(CaseFailure) {
        do throws(CryptoError) {
            try verify()
        } catch {
            throw .broken("the signature does not verify")
        }
    }
}

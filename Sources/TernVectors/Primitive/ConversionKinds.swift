// Owns the kinds that convert between the two forms of a public key.

internal import TernCrypto

enum ConversionKinds {
    static func outputs(of kind: CaseKind, _ inputs: CaseInputs) throws(CaseFailure) -> [CaseValue] {
        let key = try inputs.bytes("public")
        guard kind == .curve25519ToEd25519 else {
            let converted = try attempt { () throws(CryptoError) in try Ed25519PublicKey(key.span).x25519() }
            return [.bytes("curve25519", converted.bytes.array)]
        }
        let signBit = try inputs.flag("signBit")
        let converted = try attempt { () throws(CryptoError) in
            try X25519PublicKey(key.span).ed25519(signBit: signBit)
        }
        return [.bytes("ed25519", converted.bytes.array)]
    }
}

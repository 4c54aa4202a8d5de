// Owns the AES-CBC kinds.

internal import TernCrypto

enum CBCKinds {
    static func outputs(of kind: CaseKind, _ inputs: CaseInputs) throws(CaseFailure) -> [CaseValue] {
        let key = try inputs.bytes("key")
        let iv = try inputs.bytes("iv")
        guard kind == .cbc else {
            let ciphertext = try inputs.bytes("ciphertext")
            return [.bytes("plaintext", try open(ciphertext, key, iv))]
        }
        let plaintext = try inputs.bytes("plaintext")
        let ciphertext = try attempt { () throws(CryptoError) in
            try AESCBC.encrypt(plaintext.span, key: key.span, iv: iv.span)
        }
        guard try open(ciphertext, key, iv) == plaintext else {
            throw .broken("decrypting what was encrypted gives another text")
        }
        return [.bytes("ciphertext", ciphertext)]
    }

    private static func open(_ ciphertext: [UInt8], _ key: [UInt8], _ iv: [UInt8]) throws(CaseFailure) -> [UInt8] {
        try attempt { () throws(CryptoError) in
            try AESCBC.decrypt(ciphertext.span, key: key.span, iv: iv.span)
        }
    }
}

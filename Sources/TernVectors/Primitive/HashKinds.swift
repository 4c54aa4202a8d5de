// Owns the HMAC and HKDF kinds.

internal import TernCrypto

enum HashKinds {
    static func outputs(
        of kind: CaseKind, _ inputs: CaseInputs, tagLength: Int?
    ) throws(CaseFailure) -> [CaseValue] {
        if kind == .hkdf { return [.bytes("okm", try derive(inputs))] }
        let key = try inputs.bytes("key")
        let message = try inputs.bytes("message")
        guard kind == .hmac else {
            let tag = try inputs.bytes("tag")
            try attempt { () throws(CryptoError) in try HMACSHA256.verify(tag.span, key: key.span, message.span) }
            return [.flag("valid", true)]
        }
        let code = HMACSHA256.code(key: key.span, message.span)
        let tag = Array(code.span.array.prefix(tagLength ?? SHA256.digestLength))
        do throws(CryptoError) {
            try HMACSHA256.verify(tag.span, key: key.span, message.span)
        } catch {
            throw .broken("the code does not verify: \(error.words)")
        }
        return [.bytes("tag", tag)]
    }

    private static func derive(_ inputs: CaseInputs) throws(CaseFailure) -> [UInt8] {
        let keyMaterial = try inputs.bytes("ikm")
        let salt = try inputs.bytes("salt")
        let info = try inputs.bytes("info")
        let length = try inputs.number("length")
        guard length >= 0 else { throw .refused(.malformed) }
        // one byte too much is enough to be refused, and a file cannot ask for all memory
        var output = [UInt8](repeating: 0, count: min(length, HKDFSHA256.maximumLength + 1))
        var span = output.mutableSpan
        do throws(CryptoError) {
            try HKDFSHA256.derive(from: keyMaterial.span, salt: salt.span, info: info.span, into: &span)
        } catch {
            throw CaseFailure(error)
        }
        return output
    }
}

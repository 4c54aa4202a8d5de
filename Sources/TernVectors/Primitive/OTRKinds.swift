// Owns the OTR kinds: what is derived from recorded Diffie-Hellman keys, and recorded messages read with them.

internal import TernOTR

enum OTRKinds {
    static func outputs(of kind: CaseKind, _ inputs: CaseInputs) throws(CaseFailure) -> [CaseValue] {
        let keys = OTRInspection(
            secret: try inputs.bytes("private"), ours: try inputs.bytes("public"), theirs: try inputs.bytes("theirs"))
        switch kind {
        case .otrSessionKeys:
            guard let derived = keys.sessionKeys() else { throw .refused(.malformed) }
            return [
                .bytes("sendingStream", derived.streams.sending), .bytes("receivingStream", derived.streams.receiving),
                .bytes("sendingMAC", derived.codes.sending), .bytes("receivingMAC", derived.codes.receiving),
                .bytes("extraKey", derived.extra),
            ]
        case .otrExchangeKeys:
            guard let derived = keys.exchangeKeys() else { throw .refused(.malformed) }
            return [
                .bytes("sessionID", derived.sessionID), .bytes("cStream", derived.streams.c),
                .bytes("cPrimeStream", derived.streams.cPrime), .bytes("m1", derived.codes[0]),
                .bytes("m1Prime", derived.codes[1]), .bytes("m2", derived.codes[2]),
                .bytes("m2Prime", derived.codes[3]),
            ]
        default:
            guard let wire = String(validating: try inputs.bytes("wire"), as: UTF8.self),
                let sender = UInt32(exactly: try inputs.number("senderKey")),
                let recipient = UInt32(exactly: try inputs.number("recipientKey"))
            else { throw .refused(.malformed) }
            guard let read = keys.read(wire, senderKey: sender, recipientKey: recipient) else {
                throw .refused(.unauthentic)
            }
            return [.bytes("plaintext", read.text), .bytes("records", read.records)]
        }
    }
}

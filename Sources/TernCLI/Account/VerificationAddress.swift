// Owns the address that others scan to verify an account's device. It must not know how it is drawn.

internal import Tern
internal import TernCore
internal import TernStore

/// `xmpp:JID?omemo-sid-NUMBER=KEY`, as the clients of OMEMO 0.3 write and read it: the key of the device in hexadecimal
/// digits. No specification has it.
func verificationAddress(of account: Account<AccountStore>) -> String {
    "xmpp:\(percentEncoded(account.jid.description))?omemo-sid-\(account.device)=\(account.fingerprint.hex.lowercased())"
}

/// Everything but what RFC 5122 §2.2 lets stand as it is in both parts of an address.
private func percentEncoded(_ address: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    let bytes = address.utf8.flatMap { byte -> [UInt8] in
        let character = Character(Unicode.Scalar(byte))
        let stays = byte < 0x80 && (character.isLetter || character.isNumber || "-._~@[:]".contains(character))
        return stays ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return String(decoding: bytes, as: UTF8.self)
}

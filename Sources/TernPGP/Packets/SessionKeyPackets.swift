// Owns the one spelling of the packets in front of an encrypted message. It must not know any key.

internal import TernCore

/// The packets that hold a message's key for each recipient (RFC 9580 §5.1).
///
/// Nothing protects them against changes but what they lead to: GnuPG takes some of them in several spellings, all of which give
/// the same message. What no sender writes is refused, so that no bit of a message can be changed.
enum SessionKeyPackets {
    /// Looks at those before the encrypted data.
    /// - Throws: ``TernCore/SessionError/malformed``.
    static func check(_ message: [UInt8]) throws(SessionError) {
        var place = 0
        while place < message.count, Packet.firstKind(of: Array(message[place...place])) == .encryptedSessionKey {
            let packet = try Packet(message, at: place)
            try check(message[packet.body])
            place = packet.whole.upperBound
        }
        // and what they lead to ends where it says
        guard place < message.count, Packet.firstKind(of: Array(message[place...place]))?.beginsEncryption == true
        else {
            return
        }
        guard try Packet.end(message, at: place) == message.count else { throw .malformed }
    }

    private static func check(_ body: ArraySlice<UInt8>) throws(SessionError) {
        guard let version = body.first, body.count > 12 else { throw .malformed }
        // version 6 is for what GnuPG has no keys for
        guard version != 6 else { return }
        guard version == 3 else { throw .malformed }
        let number = body.dropFirst(10)
        let bits = Int(number[number.startIndex]) << 8 | Int(number[number.startIndex + 1])
        let digits = number.dropFirst(2).prefix((bits + 7) / 8)
        guard let first = digits.first, bits > 0, first >> UInt8((bits - 1) % 8) == 1 else { throw .malformed }
        // Curve25519: a point of 32 bytes behind 0x40, whose topmost bit has no meaning (RFC 7748 §5)
        if body[body.startIndex + 9] == 18, digits.count == 33 {
            guard first == 0x40, let last = digits.last, last & 0x80 == 0, digits.endIndex < body.endIndex,
                body.endIndex - digits.endIndex == 1 + Int(body[digits.endIndex])
            else { throw .malformed }
        }
    }
}

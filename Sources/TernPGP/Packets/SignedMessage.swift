// Owns taking a signed message apart: its text, and its signatures by themselves. It must not know whether they are good.

public import TernCore
internal import TernCrypto

/// A message with its signatures around it (RFC 9580 §10.3, §7).
public enum SignedMessage {
    /// The signature packets of a message that is not compressed, or of a text that stands readable above its signatures.
    /// - Throws: ``TernCore/SessionError/malformed``, ``TernCore/SessionError/unsupported`` for a compressed one.
    public static func signatures(in message: [UInt8]) throws(SessionError) -> [UInt8] {
        if let block = clearSignature(message) { return try Armor.bytes(in: block) }
        let bytes =
            Armor.isThere(around: message) ? try Armor.bytes(in: String(decoding: message, as: UTF8.self)) : message
        var signatures: [UInt8] = []
        var place = 0
        while place < bytes.count {
            let (kind, end) = try packet(bytes, at: place)
            switch kind {
            case .compressed: throw .unsupported
            case .signature: signatures += bytes[place..<end]
            default: break
            }
            place = end
        }
        guard !signatures.isEmpty else { throw .malformed }
        return signatures
    }

    /// Whether a text stands readable above its signatures.
    public static func isClear(_ message: [UInt8]) -> Bool {
        message.drop { $0.isWhiteSpace }.starts(with: Array("-----BEGIN PGP SIGNED MESSAGE-----".utf8))
    }

    private static func clearSignature(_ message: [UInt8]) -> String? {
        guard isClear(message) else { return nil }
        let text = String(decoding: message, as: UTF8.self)
        guard let start = text.ranges(of: "-----BEGIN PGP SIGNATURE-----").last else { return nil }
        return String(text[start.lowerBound...])
    }

    /// What a packet is, and where it ends, also where its length is told in parts.
    private static func packet(_ bytes: [UInt8], at start: Int) throws(SessionError) -> (Packet.Kind?, Int) {
        guard let kind = Packet.firstKind(of: Array(bytes[start..<min(start + 1, bytes.count)])) else {
            guard bytes[start] & 0x80 != 0 else { throw .malformed }
            return (nil, try Packet.end(bytes, at: start))
        }
        return (kind, try Packet.end(bytes, at: start))
    }
}

extension Packet {
    /// Where the packet at `start` ends.
    static func end(_ bytes: [UInt8], at start: Int) throws(SessionError) -> Int {
        guard bytes[start] & 0x40 != 0 else { return try Packet(bytes, at: start).whole.upperBound }
        var place = start + 1
        while place < bytes.count, (224..<255).contains(bytes[place]) {
            place += 1 + 1 << Int(bytes[place] & 0x1f)
        }
        guard place < bytes.count else { throw .malformed }
        // the last part tells its length as a whole packet does
        let last = [bytes[start]] + bytes[place..<min(place + 5, bytes.count)]
        let length = try Packet.length(last)
        guard bytes.count - place >= length else { throw .malformed }
        return place + length
    }

    /// The length of the header's length and of the body.
    private static func length(_ head: [UInt8]) throws(SessionError) -> Int {
        let octet = Int(head[1])
        switch octet {
        case 0..<192: return 1 + octet
        case 192..<224:
            guard head.count > 2 else { throw .malformed }
            return 2 + (octet - 192) << 8 + Int(head[2]) + 192
        case 255:
            guard head.count > 5 else { throw .malformed }
            return 5 + head[2...5].reduce(0) { $0 << 8 | Int($1) }
        default: throw .malformed
        }
    }
}

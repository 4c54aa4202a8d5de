// Owns where packets begin and end in OpenPGP data (RFC 9580 §4.2). It must not know what is in them.

internal import TernCore

/// A packet: what kind it is, and which bytes are its body.
struct Packet {
    /// Kinds of packets that are looked at.
    enum Kind: UInt8 {
        case encryptedSessionKey = 1
        case signature = 2
        case passwordSessionKey = 3
        case onePassSignature = 4
        case secretKey = 5
        case publicKey = 6
        case secretSubkey = 7
        case compressed = 8
        case encrypted = 9
        case literal = 11
        case trust = 12
        case userID = 13
        case publicSubkey = 14
        case userAttribute = 17
        case protectedEncrypted = 18
        case padding = 21
    }

    /// Its number; see ``Kind``.
    let tag: UInt8
    /// Its body.
    let body: Range<Int>
    /// Its header and body.
    let whole: Range<Int>

    var kind: Kind? { Kind(rawValue: tag) }

    /// The packets of `bytes`, at most `most`.
    /// - Throws: ``TernCore/SessionError/malformed`` for what is none, or has no end that can be known in advance;
    ///   ``TernCore/SessionError/limitExceeded`` for more.
    static func all(in bytes: [UInt8], most: Int) throws(SessionError) -> [Packet] {
        var packets: [Packet] = []
        var place = 0
        while place < bytes.count {
            guard packets.count < most else { throw .limitExceeded }
            let packet = try Packet(bytes, at: place)
            packets.append(packet)
            place = packet.whole.upperBound
        }
        return packets
    }

    /// The kind of the first packet, whatever its length is.
    static func firstKind(of bytes: [UInt8]) -> Kind? {
        guard let first = bytes.first, first & 0x80 != 0 else { return nil }
        return Kind(rawValue: first & 0x40 != 0 ? first & 0x3f : (first & 0x3c) >> 2)
    }

    init(_ bytes: [UInt8], at start: Int) throws(SessionError) {
        let first = bytes[start]
        guard first & 0x80 != 0 else { throw .malformed }
        let header: Int
        let length: Int
        if first & 0x40 != 0 {
            tag = first & 0x3f
            guard start + 1 < bytes.count else { throw .malformed }
            let octet = Int(bytes[start + 1])
            switch octet {
            case 0..<192: (header, length) = (2, octet)
            case 192..<224:
                guard start + 2 < bytes.count else { throw .malformed }
                (header, length) = (3, (octet - 192) << 8 + Int(bytes[start + 2]) + 192)
            case 255: (header, length) = (6, try Packet.number(bytes, start + 2, 4))
            default: throw .malformed
            }
        } else {
            tag = (first & 0x3c) >> 2
            let size = [1, 2, 4, 0][Int(first & 3)]
            guard size > 0 else { throw .malformed }
            (header, length) = (1 + size, try Packet.number(bytes, start + 1, size))
        }
        guard bytes.count - start - header >= length else { throw .malformed }
        body = (start + header)..<(start + header + length)
        whole = start..<body.upperBound
    }

    private static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) throws(SessionError) -> Int {
        guard start + count <= bytes.count else { throw .malformed }
        return bytes[start..<start + count].reduce(0) { $0 << 8 | Int($1) }
    }
}

// Owns ASCII armor (RFC 9580 §6): taken off leniently, put on as GnuPG does. It must not know what is inside.

public import TernCore
internal import TernCrypto

/// ASCII armor around OpenPGP data.
///
/// GnuPG wants the checksum line that newer libraries leave out (RFC 9580 §6.1 says that nobody may ask for it), and XMPP leaves the
/// lines around the data out. So what comes is taken apart here, and GnuPG gets bytes.
public enum Armor {
    /// What stands between the dashes.
    public enum Label: String, CaseIterable, Sendable {
        case message = "MESSAGE"
        case signature = "SIGNATURE"
        case publicKey = "PUBLIC KEY BLOCK"
        case secretKey = "PRIVATE KEY BLOCK"
    }

    /// Whether `bytes` begin, after white space, as armor does.
    public static func isThere(around bytes: [UInt8]) -> Bool {
        let text = bytes.drop { $0.isWhiteSpace }
        return text.starts(with: Array("-----BEGIN PGP ".utf8))
    }

    /// What stands between the dashes around data; nothing where it is no OpenPGP data.
    public static func label(of bytes: [UInt8]) -> Label? {
        switch Packet.firstKind(of: bytes) {
        case .publicKey: .publicKey
        case .secretKey: .secretKey
        case .signature: .signature
        case .encryptedSessionKey, .passwordSessionKey, .onePassSignature, .compressed, .encrypted, .literal,
            .protectedEncrypted:
            .message
        default: nil
        }
    }

    /// The data in a text, with or without the lines around it, headers and checksum.
    /// - Throws: ``TernCore/SessionError/malformed``; ``TernCore/SessionError/unauthentic`` where there is a checksum that is not the data's.
    public static func bytes(in text: String) throws(SessionError) -> [UInt8] {
        let lines = text.utf8.split(omittingEmptySubsequences: false) { $0 == UInt8(ascii: "\n") }
            .map { String(decoding: $0, as: UTF8.self).trimmed }
        let data = try body(of: lines)
        var encoded = ""
        var checksum: String?
        for line in data where !line.isEmpty {
            if line.hasPrefix("="), line.utf8.count == 5, !encoded.isEmpty, checksum == nil {
                checksum = String(line.dropFirst())
            } else {
                guard checksum == nil else { throw .malformed }
                encoded += line
            }
        }
        guard !encoded.isEmpty, let bytes = try? Base64.decode(encoded, tolerating: .whiteSpace) else {
            throw .malformed
        }
        guard let checksum else { return bytes }
        guard let sum = try? Base64.decode(checksum), sum.count == 3 else { throw .malformed }
        guard sum == CRC24.bytes(of: bytes) else { throw .unauthentic }
        return bytes
    }

    /// The lines of the first block, or all of them where no line says that one begins.
    private static func body(of lines: [String]) throws(SessionError) -> ArraySlice<String> {
        guard let first = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN PGP ") }) else {
            return skippingHeaders(lines[...])
        }
        let rest = lines[(first + 1)...]
        guard let last = rest.firstIndex(where: { $0.hasPrefix("-----END PGP ") }) else { throw .malformed }
        return skippingHeaders(rest[..<last])
    }

    /// Headers are `Name: value` lines before an empty one, which some leave out.
    private static func skippingHeaders(_ lines: ArraySlice<String>) -> ArraySlice<String> {
        lines.drop { $0.isEmpty || $0.contains(": ") || $0.hasSuffix(":") }
    }

    /// The data alone, as XMPP carries it (XEP-0027): lines of 64 characters and the checksum.
    public static func text(of bytes: [UInt8]) -> String {
        let encoded = Array(Base64.encode(bytes.span).utf8)
        let lines = stride(from: 0, to: encoded.count, by: 64).map { start in
            String(decoding: encoded[start..<min(start + 64, encoded.count)], as: UTF8.self)
        }
        return lines.joined(separator: "\n") + "\n=" + Base64.encode(CRC24.bytes(of: bytes).span)
    }

    /// Complete armor.
    public static func block(_ bytes: [UInt8], _ label: Label) -> String {
        "-----BEGIN PGP \(label.rawValue)-----\n\n\(text(of: bytes))\n-----END PGP \(label.rawValue)-----\n"
    }
}

/// The checksum of armor (RFC 9580 §6.1.1).
enum CRC24 {
    static func bytes(of data: [UInt8]) -> [UInt8] {
        var sum: UInt32 = 0xb704ce
        for byte in data {
            sum ^= UInt32(byte) << 16
            for _ in 0..<8 {
                sum <<= 1
                if sum & 0x100_0000 != 0 { sum ^= 0x186_4cfb }
            }
        }
        return [UInt8(sum >> 16 & 0xff), UInt8(sum >> 8 & 0xff), UInt8(sum & 0xff)]
    }
}

extension UInt8 {
    var isWhiteSpace: Bool { [0x20, 0x09, 0x0a, 0x0d].contains(self) }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        let bytes = Array(utf8)
        guard let first = bytes.firstIndex(where: { !$0.isWhiteSpace }),
            let last = bytes.lastIndex(where: { !$0.isWhiteSpace })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}

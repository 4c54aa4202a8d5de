// Owns how the other side writes and reads a message in either version, and the primitives on arrays that it is made of.
// It must not call the code under test.

import TernCrypto
import TernOMEMO

struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The constants and the framing of a version.
enum Spelling {
    case signal, omemo

    init(_ version: Version) {
        self = version == .v03 ? .signal : .omemo
    }

    var agreementInfo: String { self == .signal ? "WhisperText" : "OMEMO X3DH" }
    var rootInfo: String { self == .signal ? "WhisperRatchet" : "OMEMO Root Chain" }
    private var messageInfo: String { self == .signal ? "WhisperMessageKeys" : "OMEMO Message Key Material" }
    private var tagLength: Int { self == .signal ? 8 : 16 }

    /// A message that was read.
    struct Parts {
        let header: Textbook.Header
        let ciphertext: [UInt8]
        let authenticated: [UInt8]
        let tag: [UInt8]
    }

    /// The message without its tag's frame.
    private func body(_ header: Textbook.Header, _ ciphertext: [UInt8]) -> [UInt8] {
        let index = Varint.write(header.index)
        let previous = Varint.write(header.previousLength)
        let text = [0x22, UInt8(ciphertext.count)] + ciphertext
        switch self {
        case .signal: return [0x33, 0x0a, 33, 5] + header.ratchetKey + [0x10] + index + [0x18] + previous + text
        case .omemo: return [0x08] + index + [0x10] + previous + [0x1a, 32] + header.ratchetKey + text
        }
    }

    func frame(_ header: Textbook.Header, ciphertext: [UInt8], tag: (_ authenticated: [UInt8]) -> [UInt8]) -> [UInt8] {
        let body = body(header, ciphertext)
        let tag = tag(body)
        return self == .signal ? body + tag : [0x0a, 16] + tag + [0x12, UInt8(body.count)] + body
    }

    func seal(
        _ text: [UInt8], header: Textbook.Header, key: [UInt8], associatedData: [UInt8]
    ) throws -> [UInt8] {
        let keys = try Derivation.expand(key, salt: [], info: messageInfo, 80)
        let cipherKey = Array(keys[..<32])
        let iv = Array(keys[64...])
        let ciphertext = try AESCBC.encrypt(text.span, key: cipherKey.span, iv: iv.span)
        return frame(header, ciphertext: ciphertext) { body in
            Array(Derivation.code(Array(keys[32..<64]), associatedData + body).prefix(tagLength))
        }
    }

    /// A message with a tag of zeros, which nobody's key made.
    func forged(_ header: Textbook.Header, ciphertext: [UInt8] = [UInt8](repeating: 7, count: 48)) -> [UInt8] {
        frame(header, ciphertext: ciphertext) { _ in [UInt8](repeating: 0, count: tagLength) }
    }

    func open(_ parts: Parts, key: [UInt8], associatedData: [UInt8]) throws -> [UInt8]? {
        let keys = try Derivation.expand(key, salt: [], info: messageInfo, 80)
        let code = Derivation.code(Array(keys[32..<64]), associatedData + parts.authenticated)
        guard Array(code.prefix(tagLength)) == parts.tag else { return nil }
        let cipherKey = Array(keys[..<32])
        let iv = Array(keys[64...])
        return try AESCBC.decrypt(parts.ciphertext.span, key: cipherKey.span, iv: iv.span)
    }

    /// Reads what a conforming sender writes: every field, in order.
    func read(_ message: [UInt8]) -> Parts? {
        var reader = Reader(message)
        switch self {
        case .signal:
            guard message.count > 8 else { return nil }
            let body = Array(message.dropLast(8))
            reader = Reader(body)
            guard reader.take([0x33, 0x0a, 33, 5]), let key = reader.take(32), reader.take([0x10]),
                let index = reader.number(), reader.take([0x18]), let previous = reader.number(),
                let ciphertext = reader.text()
            else { return nil }
            let header = Textbook.Header(ratchetKey: key, index: index, previousLength: previous)
            return Parts(header: header, ciphertext: ciphertext, authenticated: body, tag: Array(message.suffix(8)))
        case .omemo:
            guard reader.take([0x0a, 16]), let tag = reader.take(16), reader.take([0x12]), let count = reader.number(),
                let body = reader.take(Int(count)), reader.isAtEnd
            else { return nil }
            reader = Reader(body)
            guard reader.take([0x08]), let index = reader.number(), reader.take([0x10]),
                let previous = reader.number(), reader.take([0x1a, 32]), let key = reader.take(32),
                let ciphertext = reader.text()
            else { return nil }
            let header = Textbook.Header(ratchetKey: key, index: index, previousLength: previous)
            return Parts(header: header, ciphertext: ciphertext, authenticated: body, tag: tag)
        }
    }

    private struct Reader {
        private var bytes: ArraySlice<UInt8>

        init(_ bytes: [UInt8]) {
            self.bytes = bytes[...]
        }

        var isAtEnd: Bool { bytes.isEmpty }

        mutating func take(_ expected: [UInt8]) -> Bool { take(expected.count) == expected }

        mutating func take(_ count: Int) -> [UInt8]? {
            guard bytes.count >= count else { return nil }
            defer { bytes = bytes.dropFirst(count) }
            return Array(bytes.prefix(count))
        }

        mutating func number() -> UInt32? {
            var number: UInt64 = 0
            for place in 0..<5 {
                guard let byte = bytes.popFirst() else { return nil }
                number |= UInt64(byte & 0x7f) << (7 * UInt64(place))
                if byte & 0x80 == 0 { return UInt32(exactly: number) }
            }
            return nil
        }

        mutating func text() -> [UInt8]? {
            guard take([0x22]), let count = number(), count == bytes.count, count > 0, count % 16 == 0
            else { return nil }
            return take(Int(count))
        }
    }
}

enum Varint {
    static func write(_ number: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = number
        while rest > 0x7f {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

enum Derivation {
    static func code(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        let code = HMACSHA256.code(key: key.span, message.span)
        return code.span.array
    }

    static func expand(_ material: [UInt8], salt: [UInt8], info: String, _ count: Int) throws -> [UInt8] {
        var output = [UInt8](repeating: 0, count: count)
        let info = Array(info.utf8)
        var span = output.mutableSpan
        try HKDFSHA256.derive(from: material.span, salt: salt.span, info: info.span, into: &span)
        return output
    }
}

enum Curve {
    static func privateKey(_ entropy: inout SeededEntropy) -> [UInt8] {
        let key = X25519PrivateKey(from: &entropy)
        return key.span.array
    }

    static func pair(_ key: [UInt8]) throws -> X25519KeyPair {
        X25519KeyPair(X25519PrivateKey(try Secret<32>(copying: key)))
    }

    static func publicKey(_ key: [UInt8]) throws -> [UInt8] {
        try pair(key).publicKey.bytes.array
    }

    static func agree(_ key: [UInt8], _ other: [UInt8]) throws -> [UInt8] {
        let point = try X25519PublicKey(FixedBytes<32>(other))
        let shared = try pair(key).privateKey.sharedSecret(with: point)
        return shared.span.array
    }
}

extension Span where Element == UInt8 {
    var array: [UInt8] { indices.map { self[$0] } }
}

// Owns strict parsing of JSON, bounded in depth. It must not know what the document is about.
//
// Foundation's decoders silently keep one of two members of the same name and round what does not fit a Double: test
// data in which that happens proves nothing, so it is refused here. The command also starts faster without them.

/// Reads one JSON document (RFC 8259) from bytes that anybody may have written.
public struct JSONReader {
    /// Containers inside containers: the formats of this project need eight, and the parser's stack is finite.
    public static let maximumDepth = 64
    /// Digits, sign, point and exponent together: more than any format here writes.
    private static let maximumNumberLength = 64

    private let bytes: [UInt8]
    private var offset = 0
    private var depth = 0

    /// - Throws: ``JSONError`` for anything but exactly one document.
    public static func read(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var reader = JSONReader(bytes: bytes)
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { throw reader.failure(.unexpectedByte) }
        let value = try reader.value()
        reader.skipSpace()
        guard reader.offset == bytes.count else { throw reader.failure(.trailingBytes) }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipSpace()
        switch try peek() {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .boolean(true))
        case UInt8(ascii: "f"): return try literal("false", .boolean(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        try enter()
        var members: [JSONObject.Member] = []
        var names: Set<String> = []
        skipSpace()
        if try take(UInt8(ascii: "}")) { return leave(JSONObject()) }
        repeat {
            skipSpace()
            guard try peek() == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
            let name = try string()
            guard names.insert(name).inserted else { throw failure(.repeatedName) }
            skipSpace()
            guard try take(UInt8(ascii: ":")) else { throw failure(.unexpectedByte) }
            members.append(.init(name: name, value: try value()))
            skipSpace()
        } while try take(UInt8(ascii: ","))
        guard try take(UInt8(ascii: "}")) else { throw failure(.unexpectedByte) }
        return leave(JSONObject(members))
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        try enter()
        var elements: [JSONValue] = []
        skipSpace()
        if try take(UInt8(ascii: "]")) { return leave([]) }
        repeat {
            elements.append(try value())
            skipSpace()
        } while try take(UInt8(ascii: ","))
        guard try take(UInt8(ascii: "]")) else { throw failure(.unexpectedByte) }
        return leave(elements)
    }

    private mutating func string() throws(JSONError) -> String {
        offset += 1
        let text = try JSONString.read(bytes, from: &offset)
        return text
    }

    private mutating func number() throws(JSONError) -> String {
        let start = offset
        while offset < bytes.count, JSONNumber.mayContain(bytes[offset]) { offset += 1 }
        guard offset > start else { throw failure(.unexpectedByte) }
        let digits = bytes[start..<offset]
        guard digits.count <= JSONReader.maximumNumberLength, JSONNumber.isValid(digits) else {
            throw JSONError(reason: .invalidNumber, offset: start)
        }
        return String(decoding: digits, as: UTF8.self)
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for byte in word.description.utf8 where try !take(byte) { throw failure(.unexpectedByte) }
        return value
    }
}

extension JSONReader {
    private mutating func skipSpace() {
        while offset < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[offset]) { offset += 1 }
    }

    private func peek() throws(JSONError) -> UInt8 {
        guard offset < bytes.count else { throw failure(.truncated) }
        return bytes[offset]
    }

    private mutating func take(_ byte: UInt8) throws(JSONError) -> Bool {
        guard try peek() == byte else { return false }
        offset += 1
        return true
    }

    private mutating func enter() throws(JSONError) {
        guard depth < JSONReader.maximumDepth else { throw failure(.tooDeep) }
        offset += 1
        depth += 1
    }

    private mutating func leave<Value>(_ value: Value) -> Value {
        depth -= 1
        return value
    }

    private func failure(_ reason: JSONError.Reason) -> JSONError {
        JSONError(reason: reason, offset: offset)
    }
}

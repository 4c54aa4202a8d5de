// Owns the reading of JSON, by jansson, into values. It must not know what a document is about.
//
// jansson and not Foundation: Foundation silently keeps one of two members of the same name, and test data in which that
// happens proves nothing.

internal import CJansson

/// Reads JSON documents (RFC 8259) that anybody may have written.
public enum JSONReader {
    /// - Parameter allowsNull: Whether a text may have the character U+0000, for documents that keep bytes in texts.
    /// - Throws: ``JSONError`` for anything but exactly one document within the limits, in which no object has a name
    ///   twice.
    public static func read(
        _ bytes: [UInt8], limits: JSONLimits = .standard, allowsNull: Bool = false
    ) throws(JSONError) -> JSONValue {
        try limits.check(bytes)
        let flags = Int(JSON_REJECT_DUPLICATES) | Int(JSON_DECODE_ANY) | (allowsNull ? Int(JSON_ALLOW_NUL) : 0)
        var failure = json_error_t()
        let document = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { text in
                unsafe json_loadb(text.baseAddress, text.count, flags, &failure)
            }
        }
        guard let document = unsafe document else {
            throw JSONError(
                reason: unsafe reason(of: json_error_code(&failure)), offset: Int(failure.position))
        }
        defer { unsafe json_decref(document) }
        return unsafe try value(of: document)
    }

    /// The depth is bounded: ``JSONLimits`` has seen to it.
    private static func value(of value: UnsafeMutablePointer<json_t>) throws(JSONError) -> JSONValue {
        switch unsafe tern_json_type(value) {
        case JSON_OBJECT: return .object(unsafe try object(of: value))
        case JSON_ARRAY: return .array(unsafe try array(of: value))
        case JSON_STRING: return .string(unsafe text(of: value))
        case JSON_INTEGER: return .number(unsafe String(json_integer_value(value)))
        case JSON_REAL: return .number(unsafe String(json_real_value(value)))
        case JSON_NULL: return .null
        default: return .boolean(unsafe tern_json_is_true(value) != 0)
        }
    }

    private static func object(of value: UnsafeMutablePointer<json_t>) throws(JSONError) -> JSONObject {
        var members: [JSONObject.Member] = []
        var place = unsafe json_object_iter(value)
        while let here = unsafe place {
            if let name = unsafe json_object_iter_key(here), let member = unsafe json_object_iter_value(here) {
                members.append(
                    .init(name: unsafe String(cString: name), value: unsafe try self.value(of: member)))
            }
            unsafe place = json_object_iter_next(value, here)
        }
        return JSONObject(members)
    }

    private static func array(of value: UnsafeMutablePointer<json_t>) throws(JSONError) -> [JSONValue] {
        var elements: [JSONValue] = []
        for index in 0..<(unsafe json_array_size(value)) {
            if let element = unsafe json_array_get(value, index) {
                elements.append(unsafe try self.value(of: element))
            }
        }
        return elements
    }

    private static func text(of value: UnsafeMutablePointer<json_t>) -> String {
        guard let start = unsafe json_string_value(value) else { return "" }
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: json_string_length(value))
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    private static func reason(of code: json_error_code) -> JSONError.Reason {
        switch code {
        case json_error_premature_end_of_input: .truncated
        case json_error_end_of_input_expected: .trailingBytes
        case json_error_stack_overflow: .tooDeep
        case json_error_invalid_utf8: .invalidUTF8
        case json_error_null_character, json_error_null_byte_in_key: .nullCharacter
        case json_error_numeric_overflow: .numberTooLarge
        case json_error_duplicate_key: .repeatedName
        case json_error_invalid_syntax: .invalidSyntax
        default: .unreadable
        }
    }
}

// Owns strict reading of a JSON object: every member has to be asked for, and one that nobody asked for is an error.

internal import TernCrypto
internal import TernJSON

/// The members of an object, taken one by one.
struct Members {
    private let object: JSONObject
    private var asked: Set<String> = []
    private let place: String

    /// - Parameter place: Where the object stands, for messages.
    init(_ value: JSONValue?, in place: String) throws(FormatError) {
        guard let object = value?.object else {
            throw FormatError("\(place) is \(value.map { "no object but \($0.typeName)" } ?? "missing")")
        }
        self.object = object
        self.place = place
    }

    /// Names that nobody has asked for yet.
    var names: [String] { asked.isEmpty ? object.names : object.names.filter { !asked.contains($0) } }

    /// Whether there is a name that nobody has asked for yet.
    func has(_ name: String) -> Bool { object[name] != nil && !asked.contains(name) }

    /// Ends reading.
    func finish() throws(FormatError) {
        if let name = object.members.first(where: { !asked.contains($0.name) })?.name {
            throw FormatError("\(place) has an unknown key '\(name)'")
        }
    }

    mutating func ignore(_ names: String...) {
        asked.formUnion(names)
    }

    mutating func optional(_ name: String) -> JSONValue? {
        asked.insert(name).inserted ? object[name] : nil
    }

    mutating func value(_ name: String) throws(FormatError) -> JSONValue {
        guard let value = optional(name) else { throw FormatError("\(place) has no '\(name)'") }
        return value
    }

    mutating func string(_ name: String) throws(FormatError) -> String {
        guard let text = try value(name).string else { throw wrongType(name, "a text") }
        return text
    }

    mutating func integer(_ name: String) throws(FormatError) -> Int {
        guard let number = try value(name).integer else { throw wrongType(name, "a whole number") }
        return number
    }

    mutating func boolean(_ name: String) throws(FormatError) -> Bool {
        guard let flag = try value(name).boolean else { throw wrongType(name, "true or false") }
        return flag
    }

    mutating func array(_ name: String) throws(FormatError) -> [JSONValue] {
        guard let elements = try value(name).array else { throw wrongType(name, "an array") }
        return elements
    }

    mutating func strings(_ name: String) throws(FormatError) -> [String] {
        let elements = try array(name)
        let texts = elements.compactMap(\.string)
        guard texts.count == elements.count else { throw wrongType(name, "an array of texts") }
        return texts
    }

    mutating func members(_ name: String) throws(FormatError) -> Members {
        try Members(optional(name), in: "\(place).\(name)")
    }

    mutating func bytes(_ name: String) throws(FormatError) -> [UInt8] {
        guard let bytes = Hex.bytes(of: try string(name)) else { throw wrongType(name, "lower-case hexadecimal") }
        return bytes
    }

    /// Bytes where null stands for none.
    mutating func optionalBytes(_ name: String) throws(FormatError) -> [UInt8]? {
        guard has(name), object[name] != .null else {
            ignore(name)
            return nil
        }
        return try bytes(name)
    }

    mutating func base64(_ name: String) throws(FormatError) -> [UInt8] {
        let text = try string(name)
        guard let bytes = try? Base64.decode(text) else { throw wrongType(name, "base64") }
        return bytes
    }

    func wrongType(_ name: String, _ wanted: String) -> FormatError {
        FormatError("\(place).\(name) is not \(wanted)")
    }

    func failure(_ message: String) -> FormatError {
        FormatError("\(place) \(message)")
    }
}

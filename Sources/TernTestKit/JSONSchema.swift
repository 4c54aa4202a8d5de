// Owns holding JSON values against a JSON Schema: the keywords that the project's schemas use, and no others.
// A keyword that is not known here is an error, so that nothing in a schema goes unchecked.

public import TernJSON

/// A JSON Schema (draft 2020-12, a part of it).
public struct JSONSchema: Sendable {
    private let root: JSONValue

    /// Takes a schema document.
    public init(_ root: JSONValue) {
        self.root = root
    }

    /// What is wrong with a value, each with its place; empty when it fits.
    public func faults(in value: JSONValue) -> [String] {
        faults(in: value, by: root, at: "$")
    }

    private func faults(in value: JSONValue, by schema: JSONValue, at place: String) -> [String] {
        guard let schema = schema.object else { return ["\(place): the schema is no object"] }
        return schema.members.flatMap { member in
            faults(in: value, keyword: member.name, member.value, of: schema, at: place)
        }
    }

    private func faults(
        in value: JSONValue, keyword: String, _ argument: JSONValue, of schema: JSONObject, at place: String
    ) -> [String] {
        switch keyword {
        case "$schema", "$id", "$defs", "title", "description": return []
        case "$ref":
            guard let target = resolve(argument.string ?? "") else {
                return ["\(place): \(argument.text) leads nowhere"]
            }
            return faults(in: value, by: target, at: place)
        case "type": return check(JSONSchema.has(value, type: argument.string ?? ""), place, "is no \(argument.text)")
        case "const": return check(value == argument, place, "is not \(argument.text)")
        case "enum": return check(argument.array?.contains(value) ?? false, place, "is none of \(argument.text)")
        case "pattern": return check(JSONSchema.matches(value, argument), place, "does not match \(argument.text)")
        case "minimum":
            return check((value.integer ?? .min) >= (argument.integer ?? .max), place, "is below \(argument.text)")
        case "minItems":
            return check((value.array?.count ?? 0) >= (argument.integer ?? .max), place, "has too few elements")
        case "required":
            let missing = (argument.array ?? []).compactMap(\.string).filter { value.object?[$0] == nil }
            return missing.map { "\(place) has no '\($0)'" }
        case "properties":
            return (argument.object?.members ?? []).flatMap { property in
                value.object?[property.name].map { faults(in: $0, by: property.value, at: "\(place).\(property.name)") }
                    ?? []
            }
        case "additionalProperties":
            let known = schema["properties"]?.object
            let others = (value.object?.members ?? []).filter { known?[$0.name] == nil }
            if argument == false { return others.map { "\(place) has an unknown '\($0.name)'" } }
            return others.flatMap { faults(in: $0.value, by: argument, at: "\(place).\($0.name)") }
        case "items":
            return (value.array ?? []).enumerated().flatMap { faults(in: $1, by: argument, at: "\(place)[\($0)]") }
        case "allOf": return (argument.array ?? []).flatMap { faults(in: value, by: $0, at: place) }
        case "anyOf": return check(fitting(value, argument) > 0, place, "fits none of the alternatives")
        case "oneOf": return check(fitting(value, argument) == 1, place, "does not fit exactly one alternative")
        default: return ["\(place): the schema's keyword '\(keyword)' is not known"]
        }
    }

    private func fitting(_ value: JSONValue, _ alternatives: JSONValue) -> Int {
        (alternatives.array ?? []).count { faults(in: value, by: $0, at: "").isEmpty }
    }

    private func check(_ fits: Bool, _ place: String, _ complaint: String) -> [String] {
        fits ? [] : ["\(place) \(complaint)"]
    }

    /// Only places in the same document.
    private func resolve(_ reference: String) -> JSONValue? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.dropFirst(2).split(separator: "/").reduce(root) { place, name in
            place?.object?[String(name)]
        }
    }

    private static func has(_ value: JSONValue, type: String) -> Bool {
        type == value.typeName || type == "integer" && value.integer != nil
    }

    private static func matches(_ value: JSONValue, _ pattern: JSONValue) -> Bool {
        guard let text = value.string, let expression = try? Regex(pattern.string ?? "(") else { return false }
        return (try? expression.firstMatch(in: text)) != nil
    }
}

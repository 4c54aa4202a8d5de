// Owns the project's own format, as TestVectors/README.md documents it. It must not know what a kind computes.

internal import TernJSON

/// `tern-vectors/1`: an envelope that says where the cases come from, and cases of named kinds.
enum OwnFormat {
    static func read(_ document: JSONValue) throws(FormatError) -> FormatContent {
        var envelope = try Members(document, in: "the file")
        envelope.ignore("format")
        let origin = VectorFile.Origin(
            spec: try envelope.string("spec"), source: try envelope.string("source"),
            generator: try envelope.string("generator"), licence: try envelope.string("licence"))
        let values = try envelope.array("cases")
        try envelope.finish()
        var cases: [VectorCase] = []
        for (index, value) in values.enumerated() { cases.append(try readCase(value, at: index)) }
        return FormatContent(origin: origin, body: .independent(cases))
    }

    private static func readCase(_ value: JSONValue, at index: Int) throws(FormatError) -> VectorCase {
        var members = try Members(value, in: "cases[\(index)]")
        let id = try members.string("id")
        let name = try members.string("kind")
        guard let kind = CaseKind(rawValue: name), let fields = kind.fields else {
            throw members.failure("has an unknown kind '\(name)'")
        }
        let comment = members.optional("comment")
        guard comment == nil || comment?.string != nil else { throw members.wrongType("comment", "a text") }
        var inputs = try members.members("inputs")
        let inputValues = try read(fields.inputs, from: &inputs)
        let expectation = try readExpectation(&members, fields.outputs)
        try members.finish()
        return VectorCase(
            id: id, kind: kind, comment: comment?.string ?? "", inputs: inputValues, expectation: expectation,
            decision: nil)
    }

    private static func readExpectation(
        _ members: inout Members, _ outputs: [CaseKind.Field]
    ) throws(FormatError) -> Expectation {
        guard members.has("error") else {
            var expected = try members.members("expected")
            return .outputs(try read(outputs, from: &expected))
        }
        if members.has("expected") { throw members.failure("has both 'expected' and 'error'") }
        let name = try members.string("error")
        guard let refusal = ErrorClass(rawValue: name) else {
            throw members.failure("has an unknown error class '\(name)'")
        }
        return .refusal(refusal)
    }

    private static func read(
        _ fields: [CaseKind.Field], from members: inout Members
    ) throws(FormatError) -> [CaseValue] {
        var values: [CaseValue] = []
        for field in fields {
            switch field.form {
            case .bytes: values.append(.bytes(field.name, try members.bytes(field.name)))
            case .number: values.append(.number(field.name, try members.integer(field.name)))
            case .flag: values.append(.flag(field.name, try members.boolean(field.name)))
            }
        }
        try members.finish()
        return values
    }
}

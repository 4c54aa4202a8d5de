// Owns Wycheproof's envelope: groups, flags, results, decisions. It must not know what a schema's members mean.

internal import TernJSON

/// Wycheproof files (github.com/C2SP/wycheproof), read as they are.
enum WycheproofFormat {
    static func read(_ document: JSONValue, path: String) throws(FormatError) -> FormatContent {
        var top = try Members(document, in: "the file")
        let algorithm = try top.string("algorithm")
        let name = try top.string("schema")
        guard let schema = WycheproofSchema(rawValue: name) else {
            throw top.failure("has an unknown schema '\(name)'")
        }
        guard schema.algorithms.contains(algorithm) else {
            throw top.failure("has an unknown algorithm '\(algorithm)'")
        }
        let declared = try top.integer("numberOfTests")
        let flags = Set(try top.members("notes").names)
        let groups = try top.array("testGroups")
        top.ignore("header", "generatorVersion")
        try top.finish()

        let reader = CaseReader(schema: schema, flags: flags, decisions: try Decisions(beside: path))
        var cases: [VectorCase] = []
        for (index, group) in groups.enumerated() { cases += try reader.readGroup(group, "testGroups[\(index)]") }
        guard cases.count == declared else { throw top.failure("has \(cases.count) tests and declares \(declared)") }
        try reader.decisions.check(cases)
        let origin = VectorFile.Origin(
            spec: algorithm, source: "Wycheproof, \(name)", generator: nil, licence: "Apache-2.0")
        return FormatContent(origin: origin, body: .independent(cases))
    }

    private struct CaseReader {
        let schema: WycheproofSchema
        let flags: Set<String>
        let decisions: Decisions

        func readGroup(_ value: JSONValue, _ place: String) throws(FormatError) -> [VectorCase] {
            var group = try Members(value, in: place)
            let type = try group.string("type")
            guard type == schema.groupType else { throw group.failure("has an unknown type '\(type)'") }
            group.ignore("source")
            let tests = try group.array("tests")
            let shared = try schema.readGroup(&group)
            try group.finish()
            var cases: [VectorCase] = []
            for (index, test) in tests.enumerated() {
                cases.append(try readTest(Members(test, in: "\(place).tests[\(index)]"), shared))
            }
            return cases
        }

        private func readTest(_ members: Members, _ group: WycheproofSchema.Group) throws(FormatError) -> VectorCase {
            var test = members
            let id = try test.integer("tcId")
            let comment = try test.string("comment")
            let flags = try test.strings("flags")
            for flag in flags where !self.flags.contains(flag) { throw test.failure("has an unknown flag '\(flag)'") }
            let result = try test.string("result")
            let content = try schema.readTest(&test, group)
            try test.finish()
            var decision: Decision?
            let expected: (kind: CaseKind, inputs: [CaseValue], expectation: Expectation)
            switch result {
            case "valid": expected = content.valid
            case "invalid": expected = try content.invalid(flags, test)
            case "acceptable":
                do throws(FormatError) {
                    decision = try decisions.decision(for: flags)
                } catch {
                    throw test.failure("(tcId \(id)) \(error.message)")
                }
                expected = content.valid
            default: throw test.failure("has an unknown result '\(result)'")
            }
            let refusal = decision?.refusal.map { Expectation.refusal($0) }
            return VectorCase(
                id: String(id), kind: expected.kind, comment: comment.isEmpty ? flags.joined(separator: ", ") : comment,
                inputs: expected.inputs, expectation: refusal ?? expected.expectation, decision: decision)
        }
    }
}

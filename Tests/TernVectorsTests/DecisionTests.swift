// Decisions on acceptable cases: each case has exactly one, each decision exactly as many cases as it says.

import Foundation
import TernJSON
import TernVectors
import Testing

@Suite struct DecisionTests {
    private let scratch: Scratch
    private static let source = Vectors.folder + "/wycheproof/x25519_test.json"
    private static let rules = Vectors.folder + "/wycheproof/decisions.json"
    private static let list: [Step] = [.name("files"), .name("x25519_test.json")]

    init() throws {
        scratch = try Scratch()
        try scratch.write("x25519_test.json", Data(contentsOf: URL(filePath: Self.source)))
    }

    private func faults(with decisions: JSONValue?) throws -> Bool {
        if let decisions { try scratch.write("decisions.json", decisions.text) }
        do {
            return try run(scratch.path + "/x25519_test.json").contains { $0.outcome != .passed }
        } catch is VectorFault {
            return true
        }
    }

    private func changed(_ change: ([JSONValue]) -> [JSONValue]) throws -> JSONValue {
        try Vectors.document(Self.rules).replacing(Self.list[...]) { .array(change($0.array ?? [])) }
    }

    @Test func theDecisionsOfTheProjectFit() throws {
        #expect(try !faults(with: Vectors.document(Self.rules)))
    }

    @Test func noDecisionsAtAllFail() throws {
        #expect(try faults(with: nil))
    }

    @Test(arguments: 0..<3)
    func aMissingDecisionFails(_ index: Int) throws {
        #expect(try faults(with: changed { $0.enumerated().filter { $0.offset != index }.map(\.element) }))
    }

    @Test(arguments: 0..<3)
    func twoDecisionsOnOneCaseFail(_ index: Int) throws {
        #expect(try faults(with: changed { $0 + [$0[index]] }))
    }

    @Test(
        arguments: [
            ("cases", 30), ("action", "accept"), ("action", "maybe"), ("error", "unauthentic"), ("error", "odd"),
            ("has", []), ("has", ["NoSuchFlag"]), ("lacks", ["LowOrderPublic"]), ("extra", 1),
            ("reason", JSONValue.null),
        ] as [(String, JSONValue)])
    func aWrongDecisionFails(_ name: String, _ value: JSONValue) throws {
        let rules = try Vectors.document(Self.rules)
        #expect(try faults(with: rules.replacing(Self.list + [.index(0), .name(name)], with: value)))
    }

    @Test func aRefusalWhereTheResultIsComputedFails() throws {
        let rules = try Vectors.document(Self.rules)
        let refusing = rules.replacing((Self.list + [.index(2)])[...]) { decision in
            decision.replacing([.name("action")], with: "refuse").replacing([.name("error")], with: "malformed")
        }
        #expect(try faults(with: refusing))
    }

    @Test(
        arguments: [
            ([.name("numberOfTests")], 517), ([.name("schema")], "other_schema.json"), ([.name("algorithm")], "ECDH"),
            ([.name("extra")], 1), ([.name("testGroups"), .index(0), .name("extra")], 1),
            ([.name("testGroups"), .index(0), .name("type")], "XdhAsn"),
            ([.name("testGroups"), .index(0), .name("curve")], "curve448"),
            ([.name("testGroups"), .index(0), .name("tests"), .index(0), .name("extra")], 1),
            ([.name("testGroups"), .index(0), .name("tests"), .index(0), .name("result")], "perhaps"),
            ([.name("testGroups"), .index(0), .name("tests"), .index(0), .name("result")], "acceptable"),
            ([.name("testGroups"), .index(0), .name("tests"), .index(0), .name("result")], "invalid"),
            ([.name("testGroups"), .index(0), .name("tests"), .index(0), .name("flags")], ["NoSuchFlag"]),
            ([.name("testGroups"), .index(0), .name("tests"), .index(0), .name("tcId")], 2),
        ] as [([Step], JSONValue)])
    func aChangedFileFails(_ place: [Step], _ value: JSONValue) throws {
        let document = try Vectors.document(Self.source).replacing(place, with: value)
        try scratch.write("x25519_test.json", document.text)
        #expect(try faults(with: Vectors.document(Self.rules)), "\(place) = \(value.text)")
    }
}

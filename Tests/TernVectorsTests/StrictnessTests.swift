// The runner catches what it must: wrong vectors, and files that do not say what the runner knows.

import Foundation
import TernJSON
import TernVectors
import Testing

@Suite struct StrictnessTests {
    private let scratch: Scratch
    private static let shared = "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"

    private static let good: JSONValue = [
        "format": "tern-vectors/1", "spec": "RFC 7748", "source": "section 5.2", "generator": "by hand",
        "licence": "none",
        "cases": [
            [
                "id": "a", "kind": "x25519", "comment": "the first vector",
                "inputs": [
                    "private": "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                    "public": "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                ],
                "expected": ["shared": .string(shared)],
            ]
        ],
    ]
    private static let first: [Step] = [.name("cases"), .index(0)]

    init() throws {
        scratch = try Scratch()
    }

    @Test func theVectorThatAllOthersAreMadeOfPasses() throws {
        #expect(try !fails(Self.good, in: scratch))
    }

    @Test(
        arguments: [
            (
                "a wrong output", [.name("expected"), .name("shared")],
                JSONValue.string(shared.replacing("c3da", with: "c3db"))
            ),
            ("an output too short", [.name("expected"), .name("shared")], "c3"),
            ("an unknown kind", [.name("kind")], "x448"), ("a kind of another format", [.name("kind")], "ratchet-send"),
            ("an unknown key", [.name("note")], "x"), ("an unknown input", [.name("inputs"), .name("seed")], "00"),
            ("an unknown output", [.name("expected"), .name("valid")], true),
            ("both results", [.name("error")], "malformed"),
            ("no lower-case hexadecimal", [.name("inputs"), .name("private")], "A546"),
            ("half a byte", [.name("inputs"), .name("private")], "a54"),
            ("a number for bytes", [.name("inputs"), .name("private")], 5),
            ("a number for an id", [.name("id")], 5), ("a comment that is no text", [.name("comment")], 1),
            ("inputs that are none", [.name("inputs")], []), ("no case at all", [], JSONValue.null),
        ] as [(String, [Step], JSONValue)])
    func aBadCaseFailsTheRun(_ what: String, _ place: [Step], _ value: JSONValue) throws {
        #expect(try fails(Self.good.replacing(Self.first + place, with: value), in: scratch), "\(what)")
    }

    @Test(arguments: ["untrusted", "unauthentic"])
    func aRefusalThatDoesNotComeFailsTheRun(_ name: String) throws {
        let refusing = Self.good.replacing(Self.first[...]) { one in
            var object = one.object ?? JSONObject()
            object["expected"] = nil
            object["error"] = .string(name)
            return .object(object)
        }
        #expect(try fails(refusing, in: scratch))
    }

    @Test func aRefusalOfAnotherClassFailsTheRun() throws {
        let zero = JSONValue.string(String(repeating: "0", count: 64))
        for (name, fails) in [("malformed", false), ("unauthentic", true), ("wrong", true)] {
            let document = Self.good.replacing(Self.first[...]) { one in
                var object = one.replacing([.name("inputs"), .name("public")], with: zero).object ?? JSONObject()
                object["expected"] = nil
                object["error"] = .string(name)
                return .object(object)
            }
            #expect(try TernVectorsTests.fails(document, in: scratch) == fails, "\(name)")
        }
    }

    @Test(arguments: ["id", "kind", "inputs", "expected"])
    func aMissingKeyFailsTheRun(_ name: String) throws {
        let document = Self.good.replacing(Self.first[...]) { one in
            var object = one.object ?? JSONObject()
            object[name] = nil
            return .object(object)
        }
        #expect(try fails(document, in: scratch))
    }

    @Test(arguments: ["spec", "source", "generator", "licence", "cases"])
    func anIncompleteEnvelopeFailsTheRun(_ name: String) throws {
        var object = try #require(Self.good.object)
        object[name] = nil
        #expect(try fails(.object(object), in: scratch))
    }

    @Test func twoCasesWithOneIdFailTheRun() throws {
        let one = try #require(Self.good.object?["cases"]?.array)
        #expect(try fails(Self.good.replacing([.name("cases")], with: .array(one + one)), in: scratch))
    }

    @Test func anEmptyFileFailsTheRun() throws {
        #expect(try fails(Self.good.replacing([.name("cases")], with: []), in: scratch))
    }

    @Test func anUnknownKeyOfTheFileFailsTheRun() throws {
        #expect(try fails(Self.good.replacing([.name("extra")], with: 1), in: scratch))
    }

    @Test func aNameTwiceInAnObjectFailsTheRun() throws {
        let text = Self.good.text.replacing("\"id\":\"a\"", with: "\"id\":\"a\",\"id\":\"b\"")
        let path = try scratch.write("twice.json", text)
        #expect(throws: VectorFault.self) { try run(path) }
    }

    @Test(arguments: ["private", "nonce", "message"])
    func everyInputOfAKindMatters(_ input: String) throws {
        let path = Vectors.folder + "/xeddsa/xeddsa.json"
        let document = try Vectors.document(path)
        let cases = try #require(document.object?["cases"]?.array)
        let index = try #require(cases.firstIndex { $0.object?["id"] == "1-sign" })
        let place: [Step] = [.name("cases"), .index(index), .name("inputs"), .name(input)]
        let flipped = document.replacing(place[...]) { Self.flipped($0) }
        #expect(try fails(flipped, in: scratch))
    }

    /// The value with one digit, bit or letter changed.
    static func flipped(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text):
            guard let middle = text.indices.dropFirst(text.count / 2).first else { return "00" }
            var changed = text
            changed.replaceSubrange(middle...middle, with: text[middle] == "1" ? "2" : "1")
            return .string(changed)
        case .number(let digits): return .number(String((Int(digits) ?? 0) + 1))
        case .boolean(let flag): return .boolean(!flag)
        default: return "00"
        }
    }
}

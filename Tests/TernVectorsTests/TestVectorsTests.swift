// The project's vectors, all of them.

import Foundation
import TernJSON
import TernTestKit
import TernVectors
import Testing

@Suite struct TestVectorsTests {
    @Test(arguments: Vectors.files)
    func everyCasePasses(_ path: String) throws {
        let results = try run(path)
        #expect(results.count == (try VectorFile(readingFrom: path)).cases.count)
        for result in results { #expect(result.outcome == .passed, "\(result.id)") }
    }

    @Test func nothingLiesThereThatIsNoVector() {
        #expect(VectorSearch([Vectors.folder]).faults.isEmpty)
        #expect(Vectors.files.count >= 17)
    }

    @Test func conversationsHaveAllTheirEvents() throws {
        for name in ["omemo03-transcript.json", "omemo2-transcript.json"] {
            // two bundles, and each event by the ratchet and by the engine
            #expect(try run(Vectors.folder + "/recorded/" + name).count == 2 + 2 * 47)
        }
    }

    @Test(arguments: Vectors.files.filter { $0.contains("/wycheproof/") })
    func wycheproofFilesHaveAsManyCasesAsTheyDeclare(_ path: String) throws {
        let declared = try Vectors.document(path).object?["numberOfTests"]?.integer
        #expect(try run(path).count == declared)
    }

    @Test func ourFilesFitTheSchema() throws {
        let schema = JSONSchema(try Vectors.document(Vectors.folder + "/schema.json"))
        var count = 0
        for path in Vectors.files where try VectorFile(readingFrom: path).format == .own {
            #expect(schema.faults(in: try Vectors.document(path)) == [])
            count += 1
        }
        #expect(count >= 7)
    }

    @Test func theSchemaKnowsExactlyTheKindsAndErrorClassesOfTheCode() throws {
        let definitions = try Vectors.document(Vectors.folder + "/schema.json").object?["$defs"]?.object
        let own = CaseKind.allCases.filter { $0.fields != nil }
        let kinds = definitions?["case"]?.object?["properties"]?.object?["kind"]?.object?["enum"]?.array
        #expect(Set((kinds ?? []).compactMap(\.string)) == Set(own.map(\.rawValue)))
        let errors = definitions?["error"]?.object?["enum"]?.array
        #expect(Set((errors ?? []).compactMap(\.string)) == Set(ErrorClass.allCases.map(\.rawValue)))
        for (kind, alternative) in zip(own, definitions?["case"]?.object?["anyOf"]?.array ?? []) {
            let properties = alternative.object?["properties"]?.object
            let named = own.first { $0.rawValue == properties?["kind"]?.object?["const"]?.string }
            let inputs = properties?["inputs"]?.object?["properties"]?.object?.names
            #expect(Set(inputs ?? []) == Set((named?.fields?.inputs ?? []).map(\.name)), "\(kind)")
            let outputs = properties?["expected"]?.object?["properties"]?.object?.names
            #expect(Set(outputs ?? []) == Set((named?.fields?.outputs ?? []).map(\.name)), "\(kind)")
        }
    }

    @Test func theDocumentedDecisionsAreThoseThatAreMade() throws {
        let readme = try String(contentsOfFile: Vectors.folder + "/wycheproof/README.md", encoding: .utf8)
        var count = 0
        for path in Vectors.files where path.contains("/wycheproof/") {
            let file = try VectorFile(readingFrom: path)
            for decision in file.decisions {
                let flags = (decision.has + decision.lacks.map { "not " + $0 }).joined(separator: ", ")
                let action = decision.refusal.map { "refuse, `\($0.rawValue)`" } ?? "accept"
                let decided = file.cases.count { $0.decision == decision }
                #expect(readme.contains("| `\(file.name)` | \(flags) | \(action) | \(decided) |"))
                count += 1
            }
            let tests = file.cases.count
            #expect(readme.contains("| `\(file.name)` | \(tests) |"))
        }
        #expect(
            readme.components(separatedBy: "| accept |").count + readme.components(separatedBy: "| refuse, ").count
                == count + 2)
    }

    @Test func everyKindIsDocumentedAndUsed() throws {
        let readme = try String(contentsOfFile: Vectors.folder + "/README.md", encoding: .utf8)
        let used = Set(try Vectors.files.flatMap { try VectorFile(readingFrom: $0).cases.map(\.kind) })
        for kind in CaseKind.allCases where kind != .file { #expect(used.contains(kind), "\(kind)") }
        for kind in CaseKind.allCases where kind.fields != nil { #expect(readme.contains("| `\(kind.rawValue)` |")) }
        for refusal in ErrorClass.allCases { #expect(readme.contains("| `\(refusal.rawValue)` |")) }
    }
}

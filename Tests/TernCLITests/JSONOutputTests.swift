// Whatever is printed with --json fits the published schemas, on both streams.

import Foundation
import TernJSON
import TernTestKit
import Testing

@Suite struct JSONOutputTests {
    /// The published schemas by type.
    static let schemas: [String: JSONSchema] = {
        let folder = Command.root.appending(path: "docs/schema")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let pairs = names.compactMap { name -> (String, JSONSchema)? in
            guard name.hasSuffix(".json"), let data = try? Data(contentsOf: folder.appending(path: name)),
                let schema = try? JSONReader.read([UInt8](data))
            else { return nil }
            return (String(name.dropLast(5)), JSONSchema(schema))
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }()

    /// Holds a line against the schema of its type, and gives the object.
    @discardableResult
    static func check(_ line: Substring) throws -> JSONObject {
        let value = try JSONReader.read(Array(line.utf8))
        let object = try #require(value.object, "\(line)")
        let type = try #require(object["type"]?.string, "\(line)")
        let faults = try #require(schemas[type], "\(line)").faults(in: value)
        #expect(faults == [], "\(line)")
        return object
    }

    /// Holds what is no line against a schema.
    static func check(_ value: JSONValue, as type: String) throws {
        let faults = try #require(schemas[type]).faults(in: value)
        #expect(faults == [], "\(value.text)")
    }

    @Test(
        arguments: [
            ["version"], ["vectors", "list"], ["vectors", "run"], ["vectors", "run", "TestVectors/rfc"],
            ["vectors", "explain", "x25519_test.json#63"], ["vectors", "explain", "x25519_test.json"],
            ["vectors", "explain", "omemo2-transcript.json#0"], ["vectors", "explain", "omemo2-transcript.json#3"],
            ["vectors", "explain", "aes-gcm.json#test-case-1"], ["vectors", "explain", "x25519_test.json#none"],
            ["vectors", "run", "none"], ["vectors", "run", "Package.swift"],
            ["vectors", "run", "TestVectors/schema.json"],
            ["vectors", "run", "--progress", "json", "TestVectors/rfc"], ["bench", "list"], ["none"],
            ["vectors", "run", "--color", "odd"], ["vectors", "explain"],
        ])
    func everyLineFitsItsSchema(_ arguments: [String]) throws {
        let finished = try Command.tern(["--json"] + arguments)
        #expect(!finished.output.isEmpty || !finished.errors.isEmpty)
        for line in finished.outputLines { try Self.check(line) }
        for line in finished.errorLines {
            let object = try Self.check(line)
            if object["type"] == "error" { #expect(object["exit"]?.integer == Int(finished.status)) }
        }
        #expect(finished.errorLines.isEmpty || finished.status != 0 || arguments.contains("--progress"))
    }

    @Test func theSummaryIsTheLastLineAndItsCountsAddUp() throws {
        let finished = try Command.tern(["vectors", "run", "--json"])
        #expect(finished.status == 0)
        let objects = try finished.outputLines.map { try Self.check($0) }
        let summary = try #require(objects.last)
        #expect(summary.names == ["v", "type", "files", "cases", "passed", "failed", "skipped"])
        #expect(summary["cases"]?.integer == objects.count - 1)
        #expect(summary["passed"] == summary["cases"])
        #expect(summary["failed"] == 0)
        #expect(summary["skipped"] == 0)
        let files = Set(objects.dropLast().compactMap { $0["file"]?.string })
        #expect(summary["files"]?.integer == files.count)
    }

    @Test func jsonMayStandBeforeOrAfterTheCommand() throws {
        let first = try Command.tern(["--json", "version"])
        for arguments in [["version", "--json"], ["--json", "version", "--color", "never"]] {
            #expect(try Command.tern(arguments).output == first.output)
        }
    }

    @Test func progressIsToldOnStandardError() throws {
        let finished = try Command.tern(["vectors", "run", "TestVectors/rfc", "--progress", "json"])
        #expect(finished.errorLines.count >= 1)
        for line in finished.errorLines { #expect(try Self.check(line)["type"] == "progress") }
    }
}

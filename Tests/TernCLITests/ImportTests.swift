// What others publish may be anything: each damage has its exit code, and the rest is learned all the same.

import Foundation
import TernJSON
import Testing

@Suite struct ImportTests {
    private let stores: Stores

    init() throws {
        stores = try Stores()
    }

    private static let list = 0, oldBundle = 1, newList = 2, bundle = 3

    private func take(_ lines: [String], _ options: [String] = []) throws -> Finished {
        try stores.tern(
            "a", ["bundle", "import", "--from", "bob@example.org"] + options, input: lines.joined(separator: "\n"))
    }

    /// The parts of a bundle are replaced by what `change` makes of them.
    private func changed(_ place: Int, _ pattern: String, _ text: String) throws -> String {
        let line = try stores.published()[place]
        let result = line.replacingOccurrences(of: pattern, with: text, options: .regularExpression)
        #expect(result != line, "\(pattern)")
        return result
    }

    private static let signature = String(repeating: "A", count: 86) + "=="

    @Test(
        arguments: [
            (bundle, "<spks>[^<]*", "<spks>\(signature)", 3),
            (oldBundle, "<signedPreKeySignature>[^<]*", "<signedPreKeySignature>\(signature)", 3),
            (bundle, "<spks>[^<]*", "<spks>!!!!", 6), (bundle, "<ik>[^<]*", "<ik>AAAA", 6),
            (bundle, "<ik>[^<]*</ik>", "", 6), (oldBundle, "<identityKey>[^<]*", "<identityKey>Zm9v\u{e9}", 6),
            (bundle, "<pk .*</pk>", "", 5), (bundle, "<pk id='\\d+'>[^<]*", "<pk id='x'>", 5),
            (bundle, "<bundle xmlns='urn:xmpp:omemo:2'", "<bundle xmlns='urn:xmpp:omemo:1'", 6),
            (bundle, "xmlns='http://jabber.org/protocol/pubsub'", "xmlns='http://jabber.org/protocol/none'", 6),
            (bundle, "item id='2'", "item id='0'", 6), (bundle, "item id='2'", "item id='2147483648'", 6),
            (bundle, "item id='2'", "item id='4294967298'", 6), (bundle, "item id='2'", "item", 6),
            (bundle, "item id='2'", "item id=' 2'", 6), (bundle, "<bundle.*</bundle>", "", 6),
            (bundle, "<item .*</item>", "", 6), (oldBundle, "bundles:2", "bundles:0", 6),
            (oldBundle, "bundles:2", "bundles:2147483648", 6), (oldBundle, "bundles:2", "bundles:", 6),
            (oldBundle, "bundles:2", "bundle:2", 15), (bundle, "omemo:2:bundles", "omemo:2:bundles2", 15),
            (list, "<list.*</list>", "<bundle xmlns='eu.siacs.conversations.axolotl'/>", 6),
            (newList, "<item.*</item>", "", 6), (newList, "<item.*</item>", "<devices xmlns='urn:xmpp:omemo:2'/>", 6),
            (newList, "^", "<!DOCTYPE items [<!ENTITY a 'b'>]>", 6), (newList, "^", "<?tern x?>", 6),
            (newList, "^", "<!-- x -->", 6), (newList, "</items>", "</item>", 6), (newList, "^", "</items>", 6),
            (newList, "^.*$", String(repeating: "<a>", count: 1000) + String(repeating: "</a>", count: 1000), 14),
            (newList, "^.*$", "&#0;<items/>", 6), (newList, "^.*$", "<items xmlns='urn:tern:items' node='x'/>", 6),
        ])
    func damageHasItsExitCodeAndTheRestIsLearned(_ place: Int, _ pattern: String, _ text: String, _ exit: Int) throws {
        var lines = try stores.published()
        lines[place] = try changed(place, pattern, text)
        let finished = try take(lines, ["--json"])
        #expect(finished.status == exit, "\(finished.output)\(finished.errors)")
        let objects = try finished.outputLines.map { try JSONOutputTests.check($0) }
        #expect(objects.filter { $0["type"] == "imported" }.count == 3)
        let refused = objects.filter { $0["type"] == "refused" }
        #expect(refused.count == 1)
        #expect(refused.first?["exit"]?.integer == exit)
        for line in finished.errorLines { #expect(try JSONOutputTests.check(line)["exit"]?.integer == exit) }
        // nothing is left of what was refused: the same again is new or known as before
        #expect(try take([try stores.published()[place]]).status == 0)
    }

    @Test func aRefusedBundleMakesNoDeviceKnown() throws {
        let line = try changed(Self.bundle, "<spks>[^<]*", "<spks>\(Self.signature)")
        #expect(try take([line]).status == 3)
        #expect(try stores.tern("a", ["contact", "show", "bob@example.org"]).status == 5)
    }

    @Test func anotherKeyThanTheAcceptedOneIsExit4AndTheOldOneStays() throws {
        #expect(try take(try stores.published()).status == 0)
        let before = try stores.tern("a", ["contact", "show", "bob@example.org"]).output
        let finished = try take(try stores.published("c"), ["--json"])
        #expect(finished.status == 4)
        let objects = try finished.outputLines.map { try JSONOutputTests.check($0) }
        #expect(objects.map { $0["type"] } == ["imported", "refused", "imported", "refused"])
        #expect(try stores.tern("a", ["contact", "show", "bob@example.org"]).output == before)
    }

    @Test func anotherKeyUnderThisDevicesNumberIsExit4() throws {
        let arguments = ["bundle", "import", "--from", "alice@example.org", "--json"]
        let line = try changed(Self.bundle, "item id='2'", "item id='1'")
        let finished = try stores.tern("a", arguments, input: line)
        #expect(finished.status == 4)
        #expect(finished.errors.contains("somebody else has published"))
        let own = try stores.tern("a", arguments, input: try stores.tern("a", ["bundle", "show"]).output)
        #expect(own.status == 0)
        let objects = try own.outputLines.map { try JSONOutputTests.check($0) }
        #expect(objects.compactMap { $0["state"] } == ["own", "own"])
    }

    @Test func theFirstRefusalIsTheExitCode() throws {
        let wrong = try changed(Self.bundle, "<spks>[^<]*", "<spks>\(Self.signature)")
        let foreign = try changed(Self.list, "devicelist", "avatar")
        #expect(try take([wrong, foreign]).status == 3)
        #expect(try take([foreign, wrong]).status == 15)
    }

    @Test func numbersThatNoDeviceHasArePassedOver() throws {
        let ids = ["0", "2147483648", "4294967296", "-1", "x", "2", "2147483647"]
        let entries = ids.map { "<device id='\($0)'/>" }.joined()
        let line = try changed(Self.newList, "<device id='2'/>", entries)
        let finished = try take([line], ["--json"])
        #expect(finished.status == 0)
        let object = try JSONOutputTests.check(try #require(finished.outputLines.first))
        #expect(object["devices"] == [2, 2_147_483_647])
        #expect(object["passedOver"] == 5)
    }

    @Test func bytesThatAreNoTextAreRefused() throws {
        let good = Data(try stores.published()[Self.newList].utf8)
        let bad = Data([0x3c, 0x61, 0xff, 0xfe, 0x00, 0x3e, 0x0a])
        let arguments = ["bundle", "import", "--from", "bob@example.org"]
        let both = try stores.tern("a", arguments, input: bad + good)
        #expect(both.status == 6)
        #expect(both.outputLines.count == 1)
        for input in [Data(), bad, Data("\n\n".utf8), Data(repeating: 0x3c, count: 100_000)] {
            let finished = try stores.tern("a", arguments, input: input)
            #expect(finished.status == 6)
            #expect(finished.output.isEmpty)
        }
        #expect(try stores.tern("a", arguments, input: Data(repeating: 0x0a, count: 1_000_000)).status == 6)
    }

    @Test func namesAreShownEscaped() throws {
        let line = "<items xmlns='http://jabber.org/protocol/pubsub' node='a&#x9b;2J&#x202e;&#10;b'/>"
        let finished = try take([line])
        #expect(finished.status == 15)
        let said = finished.output + finished.errors
        #expect(said.contains(#"a\u{9b}2J\u{202e}"#))
        #expect(said.unicodeScalars.allSatisfy { $0 == "\n" || (0x20..<0x7f).contains($0.value) })
    }

    @Test func aFileOf100MegabytesIsExit14() throws {
        let place = stores.path("large.xml")
        try Data().write(to: URL(filePath: place))
        let handle = try FileHandle(forWritingTo: URL(filePath: place))
        try handle.truncate(atOffset: 100 << 20)
        try handle.close()
        #expect(try stores.tern("a", ["bundle", "import", "--from", "bob@example.org", place]).status == 14)
    }
}

// What Tern records is a function of its seed, has in it what goes wrong between implementations, and is compared when run.

import Foundation
import TernJSON
import TernVectors
import Testing

@Suite struct RecordingTests {
    private static let editions = Recording.Edition.allCases

    private static func events(_ edition: Recording.Edition) throws -> [JSONObject] {
        let recording = try Recording(.conversation, edition, seed: 1, producer: "0")
        let document = try JSONReader.read(Array(recording.text.utf8))
        return try #require(document.object?["events"]?.array).compactMap(\.object)
    }

    @Test(arguments: editions, [0, 1, 7, UInt64.max])
    func whatIsRecordedRuns(_ edition: Recording.Edition, _ seed: UInt64) throws {
        let scratch = try Scratch()
        for (script, count) in [(Recording.Script.conversation, 2 + 2 * 47), (.fanout, 4 + 2 * 3)] {
            let recording = try Recording(script, edition, seed: seed, producer: "0")
            let results = try run(scratch.write("recording.json", recording.text))
            #expect(results.count == count)
            for result in results { #expect(result.outcome == .passed, "\(result.id)") }
        }
    }

    @Test(arguments: editions)
    func theSeedDecidesEveryByte(_ edition: Recording.Edition) throws {
        for script in [Recording.Script.conversation, .fanout] {
            let texts = try [3, 3, 4].map { try Recording(script, edition, seed: $0, producer: "0").text }
            #expect(texts[0] == texts[1])
            #expect(texts[0] != texts[2])
        }
    }

    @Test func oneLineIsTheSameDocument() throws {
        let recording = try Recording(.fanout, .omemo2, seed: 1, producer: "0")
        #expect(recording.line.filter { $0 == "\n" }.count == 1)
        #expect(
            try JSONReader.read(Array(recording.line.utf8)) == JSONReader.read(Array(recording.text.utf8)))
    }

    @Test(arguments: editions)
    func whatGoesWrongBetweenImplementationsIsInIt(_ edition: Recording.Edition) throws {
        let events = try Self.events(edition)
        let sent = events.filter { $0["op"] == "send" }
        let received = events.filter { $0["op"] == "receive" }
        #expect(sent.prefix { $0["kex"] == true }.count == 3, "the key exchange, repeated")
        #expect(sent.count { $0["empty"] == true } == 1)
        let classes = received.compactMap { $0["error_class"]?.string }
        #expect(
            classes == [
                "authentication_failed", "duplicate", "duplicate", "duplicate_old_chain", "authentication_failed",
            ])
        #expect(received.first?["result"] == "error" && received.first?["state"] == .null)
        let order = received.filter { $0["result"] == "ok" }.compactMap { $0["index"]?.integer }
        #expect(order != order.sorted() && Set(order) == Set(0...20), "each message once, and out of order")
        // a late message is of a chain before the current one: its ratchet key is not the last that was received
        let late = received.filter { event in
            guard event["result"] == "ok", let index = event["index"]?.integer else { return false }
            let header = sent[index]["internals"]?.object?["header"]?.object?["dh_pub"]
            let ratchet = event["state"]?.object?["double_ratchet"]?.object?["diffie_hellman_ratchet"]?.object
            return header != ratchet?["other_ratchet_pub"]
        }
        #expect(late.count == 4)
    }

    @Test(arguments: editions)
    func whatIsRecordedIsComparedWhenRun(_ edition: Recording.Edition) throws {
        let scratch = try Scratch()
        let recording = try Recording(.conversation, edition, seed: 2, producer: "0")
        let document = try JSONReader.read(Array(recording.text.utf8))
        let places: [[Step]] = [
            [.name("parties"), .name("bob"), .name("bundle_xml")],
            [.name("events"), .index(0), .name("encrypted_xml")],
            [.name("events"), .index(4), .name("state"), .name("associated_data")],
            [.name("events"), .index(6), .name("plaintext")], [.name("events"), .index(6), .name("sid")],
        ]
        for place in places {
            let changed = document.replacing(place[...]) { StrictnessTests.flipped($0) }
            #expect(changed != document)
            #expect(try fails(changed, in: scratch), "\(place)")
        }
    }
}

// Replays compare what they say they compare: change any recorded value, and the run fails.

import Foundation
import TernJSON
import TernVectors
import Testing

@Suite struct RecordedTests {
    /// Values that say nothing of keys or messages, by their path without numbers.
    private static let beside: Set<String> = [
        ".format", ".name", ".events.library_exception", ".events.tamper", ".events.state.confirmed", ".events.index",
    ]
    private static let besideSuffixes = [
        ".note", ".version", ".root_chain.length",
        // OMEMO 0.3 tells nobody's address
        ".bare_jid",
        // bytes that are wrong whatever they are
        ".tampered_key_b64",
    ]

    private static func shape(_ path: [Step]) -> String {
        path.map { if case .name(let name) = $0 { "." + name } else { "" } }.joined()
    }

    private static func isBeside(_ shape: String) -> Bool {
        beside.contains(shape) || besideSuffixes.contains { shape.hasSuffix($0) } || shape.hasPrefix(".producer")
            || shape.hasPrefix(".conventions")
    }

    @Test(arguments: ["omemo03-transcript", "omemo2-transcript", "omemo03-fanout", "omemo2-fanout"])
    func anyChangedValueFailsTheRun(_ name: String) throws {
        let scratch = try Scratch()
        let document = try Vectors.document(Vectors.folder + "/recorded/\(name).json")
        var last: [String: [Step]] = [:]
        // null stands where there is no value, and a chain that is not there is compared as well
        for path in document.leaves where document.value(at: path[...]) != .null { last[Self.shape(path)] = path }
        var changed = 0
        for (shape, path) in last where !Self.isBeside(shape) {
            let other = document.replacing(path[...]) { StrictnessTests.flipped($0) }
            #expect(try fails(other, in: scratch), "\(path)")
            changed += 1
        }
        #expect(changed > 10)
    }

    @Test(arguments: ["omemo03-transcript", "omemo2-transcript"])
    func theStateOfEveryEventIsCompared(_ name: String) throws {
        let scratch = try Scratch()
        let document = try Vectors.document(Vectors.folder + "/recorded/\(name).json")
        let events = try #require(document.object?["events"]?.array)
        for (index, event) in events.enumerated() {
            let state: [Step] = [.name("events"), .index(index), .name("state")]
            let root: [Step] = [
                .name("double_ratchet"), .name("diffie_hellman_ratchet"), .name("root_chain"), .name("key"),
            ]
            let changed =
                event.object?["state"] == .null
                ? document.replacing(state, with: events[0].object?["state"] ?? .null)
                : document.replacing((state + root)[...]) { StrictnessTests.flipped($0) }
            #expect(try fails(changed, in: scratch), "event \(index)")
        }
    }

    @Test func anUnknownKeyFailsTheRun() throws {
        let scratch = try Scratch()
        let document = try Vectors.document(Vectors.folder + "/recorded/omemo2-transcript.json")
        let places: [[Step]] = [
            [], [.name("events"), .index(3)], [.name("parties"), .name("bob")],
            [.name("events"), .index(4), .name("state")], [.name("events"), .index(0), .name("internals")],
        ]
        for place in places {
            #expect(try fails(document.replacing(place + [.name("extra")], with: 1), in: scratch), "\(place)")
        }
    }

    @Test(arguments: ["omemo03-transcript", "omemo2-transcript"])
    func theStanzaOfEveryMessageIsRead(_ name: String) throws {
        let scratch = try Scratch()
        let document = try Vectors.document(Vectors.folder + "/recorded/\(name).json")
        let events = try #require(document.object?["events"]?.array)
        for (index, event) in events.enumerated() {
            guard let key = event.object?["key_b64"]?.string else { continue }
            // the same bytes beside the stanza: only who reads the stanza can tell
            let place: [Step] = [.name("events"), .index(index), .name("encrypted_xml")]
            let stanza = try #require(event.object?["encrypted_xml"]?.string)
            let other = stanza.replacing(key, with: StrictnessTests.flipped(.string(key)).string ?? "")
            #expect(other != stanza)
            #expect(try fails(document.replacing(place, with: .string(other)), in: scratch), "event \(index)")
            for payload in [event.object?["payload"], event.object?["plaintext"]] where payload != .null {
                let name = payload == event.object?["payload"] ? "payload" : "plaintext"
                let place: [Step] = [.name("events"), .index(index), .name(name)]
                let changed = document.replacing(place[...]) { StrictnessTests.flipped($0) }
                #expect(try fails(changed, in: scratch), "event \(index)")
            }
        }
    }

    @Test func everyEventRunsThroughTheWholeEngine() throws {
        for (name, count) in [("omemo03-transcript", 47), ("omemo2-transcript", 47), ("omemo03-fanout", 3)] {
            let results = try run(Vectors.folder + "/recorded/\(name).json")
            let machine = results.filter { $0.kind == .machineSend || $0.kind == .machineReceive }
            #expect(machine.count == count)
            #expect(results.count { $0.kind == .bundle } == (count == 3 ? 4 : 2))
        }
    }

    @Test func anUnknownErrorClassFailsTheRun() throws {
        let scratch = try Scratch()
        let document = try Vectors.document(Vectors.folder + "/recorded/omemo2-transcript.json")
        let place: [Step] = [.name("events"), .index(3), .name("error_class")]
        #expect(try fails(document.replacing(place, with: "odd"), in: scratch))
        #expect(try fails(document.replacing(place, with: "duplicate"), in: scratch))
    }
}

// Replays compare what they say they compare: change any recorded value, and the run fails.

import Foundation
import TernJSON
import TernVectors
import Testing

@Suite struct RecordedTests {
    /// Values that are not of the ratchet, by their path without numbers.
    private static let beside: Set<String> = [
        ".format", ".name", ".events.sid", ".events.rid", ".events.empty", ".events.plaintext",
        ".events.plaintext_utf8",
        ".events.encrypted_xml", ".events.payload", ".events.iv", ".events.internals.payload_key",
        ".events.internals.payload_auth_tag", ".events.x3dh.info", ".events.library_exception", ".events.tamper",
        ".events.state.confirmed", ".events.index", ".plaintext", ".plaintext_utf8", ".encrypted_xml",
    ]
    private static let besideSuffixes = [
        ".bundle_xml", ".note", ".label.label", ".label.labelsig_b64", ".version", ".bare_jid", ".device_id",
        ".root_chain.length",
        // numbers of prekeys that nobody used, and bytes that are wrong whatever they are
        ".signed_pre_key.id", ".pre_keys.id", ".tampered_key_b64",
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

    @Test func anUnknownErrorClassFailsTheRun() throws {
        let scratch = try Scratch()
        let document = try Vectors.document(Vectors.folder + "/recorded/omemo2-transcript.json")
        let place: [Step] = [.name("events"), .index(3), .name("error_class")]
        #expect(try fails(document.replacing(place, with: "odd"), in: scratch))
        #expect(try fails(document.replacing(place, with: "duplicate"), in: scratch))
    }
}

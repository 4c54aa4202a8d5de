// Taking what waits, and opening an old store, while the process, the disk or the power fails: nothing gets lost.

import Foundation
import Testing

@Suite(.serialized) struct OutboxCrashTests {
    @Test func whatWasNotPrintedStillWaits() throws {
        let scene = try Scene.shared.get()
        let bob = Party.bob
        let folder = try Folder()
        try scene.bobMet.write(to: folder.path)
        let expected = try bob.run(["outbox", "take"], in: folder.path).output.split(separator: "\n").map(String.init)
        #expect(expected.count > 4)
        let strike = Strike(
            name: "outbox take", party: bob, arguments: ["outbox", "take"], image: scene.bobMet, step: 19,
            losesOutput: true)
        try strike.run { run in
            try bob.expectSound(run)
            #expect(run.wholeLines == expected || run.status != 0, run.comment)
            let rest = try bob.run(["outbox", "take"], in: run.folder)
            let lines = rest.output.split(separator: "\n").map(String.init)
            #expect(rest.status == 0 && (lines == expected || lines.isEmpty), "\(run.comment) \(rest)")
            #expect(lines == expected || run.wholeLines == expected, run.comment)
            #expect(try bob.run(["outbox", "take"], in: run.folder).output.isEmpty, run.comment)
        }
    }

    /// There is no later format yet to migrate to; `TernStoreTests` strikes a step of its own.
    @Test func aStoreThatAnEarlierVersionWroteStaysReadable() throws {
        let examples = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "TernStoreTests/Examples/1-open")
        let folder = try Folder()
        let store = try folder.folder("store")
        for name in try FileManager.default.contentsOfDirectory(atPath: examples.path) {
            try FileManager.default.copyItem(atPath: examples.path + "/" + name, toPath: store + "/" + name)
        }
        // its account has rows that are no account's of OMEMO, so a new one shows that the store is in order
        let owner = Party(name: "new@example.org", key: [])
        let create = ["account", "create", owner.name]
        let strike = Strike(
            name: "old store", party: owner, arguments: create, image: try Image(of: folder.path), step: 37)
        try strike.run { run in
            let status = try owner.run(["omemo", "status", "--account", owner.name], in: run.folder)
            #expect(status.status == 0 || status.status == 2, "\(run.comment) \(status)")
            #expect(status.status == 0 || run.status != 0, run.comment)
            let again = try owner.run(create, in: run.folder)
            #expect(again.status == (status.status == 0 ? 2 : 0), "\(run.comment) \(again)")
            let old = try owner.run(["account", "show", "--account", "rig@example.org"], in: run.folder)
            #expect(old.status != 2, "\(run.comment) \(old)")
        }
    }
}

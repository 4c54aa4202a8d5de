// Making accounts and importing bundles while the process, the disk or the power fails: whole or not at all, and again.

import Foundation
import Testing

@Suite(.serialized) struct AccountCrashTests {
    let scene: Scene

    init() throws {
        scene = try Scene.shared.get()
    }

    @Test func aNewStoreHasItsAccountWholeOrNotAtAll() throws {
        let alice = Party.alice
        let create = ["account", "create", alice.name]
        let strike = Strike(
            name: "account create, new store", party: alice, arguments: create, image: scene.aliceBefore, step: 71)
        try strike.run { run in
            let list = try alice.run(["account", "list"], in: run.folder)
            let isThere = list.output.contains(alice.name)
            // a store that is not there, or not finished, is made by the next call
            #expect(list.status == 0 || list.status == 2, "\(run.comment) \(list)")
            #expect(isThere || run.status != 0, run.comment)
            #expect(isThere || !run.output.contains("fingerprint  "), run.comment)
            let again = try alice.run(create, in: run.folder)
            #expect(again.status == (isThere ? 2 : 0), "\(run.comment) \(again)")
            try alice.expectSound(run)
            let waiting = try alice.run(["outbox", "take"], in: run.folder)
            #expect(waiting.output.split(separator: "\n").count == 4, "\(run.comment) \(waiting)")
            let items = try alice.run(["bundle", "show"], in: run.folder).output
            let folder = run.folder + "/other"
            try scene.bobNew.write(to: folder)
            let imported = try Party.bob.run(["bundle", "import", "--from", alice.name], input: items, in: folder)
            #expect(imported.status == 0, "\(run.comment) \(imported)")
        }
    }

    @Test func aSecondAccountLeavesTheFirstAlone() throws {
        let alice = Party.alice
        let second = "second@example.org"
        let create = ["account", "create", second]
        let before = try identity(of: alice.name, in: scene.aliceNew)
        let strike = Strike(
            name: "account create, second", party: alice, arguments: create, image: scene.aliceNew, step: 43)
        try strike.run { run in
            try alice.expectSound(run)
            let isThere = try alice.run(["account", "list"], in: run.folder).output.contains(second)
            #expect(isThere || run.status != 0, run.comment)
            #expect(isThere || !run.output.contains("fingerprint  "), run.comment)
            let again = try alice.run(create, in: run.folder)
            #expect(again.status == (isThere ? 2 : 0), "\(run.comment) \(again)")
            let status = try alice.run(["omemo", "status", "--account", second], in: run.folder)
            #expect(status.status == 0, "\(run.comment) \(status)")
            let first = try alice.run(["account", "show", "--account", alice.name], in: run.folder).output
            #expect(first == before, run.comment)
        }
    }

    @Test func importedBundlesAreThereOrCanBeImportedAgain() throws {
        let (alice, bob) = (Party.alice, Party.bob)
        let strike = Strike(
            name: "bundle import", party: alice, arguments: ["bundle", "import", "--from", bob.name, "items"],
            image: scene.aliceNew, files: ["items": scene.bobItems], step: 53)
        try strike.run { run in
            try alice.expectSound(run)
            let early = try alice.encrypt(["early"], to: bob, in: run.folder)
            // each line was printed when what it says was durable
            if run.status == 0 || run.wholeLines.count == 4 { #expect(early.count == 1, run.comment) }
            let again = try alice.run(["bundle", "import", "--from", bob.name, "items"], in: run.folder)
            #expect(again.status == 0, "\(run.comment) \(again)")
            let late = try alice.encrypt(["late"], to: bob, in: run.folder)
            try bob.expectReads(
                early + late, (early.isEmpty ? [] : ["early"]) + ["late"], of: alice, scene.bobNew, run)
        }
    }

    private func identity(of name: String, in image: Image) throws -> String {
        let folder = try Folder()
        try image.write(to: folder.path)
        return try Party.alice.run(["account", "show", "--account", name], in: folder.path).output
    }
}

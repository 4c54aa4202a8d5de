// Encrypting while the process, the disk or the power fails: no message key is used twice, and what was printed can be read.

import Foundation
import TernTestKit
import Testing

@Suite(.serialized) struct EncryptCrashTests {
    let scene: Scene

    init() throws {
        scene = try Scene.shared.get()
    }

    @Test func theFirstMessage() throws {
        try strike("encrypt, first message", scene.aliceKnows, earlier: [], reader: scene.bobNew)
    }

    @Test func theNextMessageBeforeAnAnswer() throws {
        try strike("encrypt, no answer yet", scene.aliceWrote, earlier: scene.first, reader: scene.bobMet)
    }

    @Test func theNextMessageAfterAnAnswer() throws {
        try strike(
            "encrypt, next message", scene.aliceSettled, earlier: scene.first, reader: scene.bobMet)
    }

    /// The first crash is after the message was printed and before the log was moved into the database.
    @Test func theNextMessageAfterACrash() throws {
        var crashed: (image: Image, stanza: String)?
        try CrashPoints().strike(
            .kill, running: Party.alice.command(["encrypt", "--to", Party.bob.name, "text"]),
            prepare: { folder in
                try scene.aliceSettled.write(to: folder)
                try Data("before".utf8).write(to: URL(filePath: folder + "/text"))
            },
            check: { run in
                guard run.struck != nil, crashed == nil, run.output.hasSuffix("</message>\n") else { return }
                crashed = (try Image(of: run.folder), String(run.output.dropLast()))
            })
        let (image, stanza) = try #require(crashed)
        try strike(
            "encrypt, after a crash", image, earlier: scene.first + [stanza], reader: scene.bobMet, unread: [stanza])
    }

    private func strike(
        _ name: String, _ image: Image, earlier: [String], reader: Image, unread: [String] = []
    ) throws {
        let (alice, bob) = (Party.alice, Party.bob)
        let strike = Strike(
            name: name, party: alice, arguments: ["encrypt", "--to", bob.name, "text"], image: image,
            files: ["text": "struck"], step: 17)
        try strike.run { run in
            try alice.expectSound(run)
            let printed = run.wholeLines
            #expect(printed.count == 1 || run.status != 0, run.comment)
            let more = try alice.encrypt(["struck", "second", "third"], to: bob, in: run.folder)
            #expect(more.count == 3, run.comment)
            var keys = MessageKeys()
            for stanza in earlier + more { try keys.add(stanza) }
            do { try keys.add(run.output) } catch { Issue.record("\(error) \(run.comment)") }
            #expect(keys.count == (earlier + more + printed).count || printed.isEmpty, run.comment)
            try bob.expectReads(
                unread + printed + more,
                unread.map { _ in "before" } + printed.map { _ in "struck" } + ["struck", "second", "third"],
                of: alice, reader, run)
        }
    }
}

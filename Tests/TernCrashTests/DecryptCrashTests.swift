// Decrypting while the process, the disk or the power fails: who has not had the text gets it again.

import Foundation
import TernTestKit
import Testing

@Suite(.serialized) struct DecryptCrashTests {
    let scene: Scene

    init() throws {
        scene = try Scene.shared.get()
    }

    @Test func aKeyExchange() throws {
        try strike("decrypt, key exchange", scene.bobKnows, scene.first[0], "one", then: [scene.first[1]: "two"])
    }

    @Test func theNextMessage() throws {
        try strike("decrypt, next message", scene.bobMet, scene.later[0], "five", then: [scene.later[1]: "six"])
    }

    @Test func aMessageThatComesEarly() throws {
        try strike("decrypt, early", scene.bobMet, scene.later[2], "seven", then: [scene.later[0]: "five"])
    }

    @Test func aMessageThatComesLate() throws {
        try strike(
            "decrypt, late", scene.bobAhead, scene.later[0], "five",
            then: [scene.later[1]: "six", scene.later[3]: "eight"])
    }

    private func strike(
        _ name: String, _ image: Image, _ stanza: String, _ text: String, then next: [String: String]
    ) throws {
        let (alice, bob) = (Party.alice, Party.bob)
        let decrypt = ["decrypt", "--from", alice.name, "message"]
        // whether the conversation begins with it
        let isNew = stanza == scene.first[0]
        let reader = isNew ? scene.aliceWrote : scene.aliceLater
        let strike = Strike(
            name: name, party: bob, arguments: decrypt, image: image, files: ["message": stanza],
            step: isNew ? 37 : 23, losesOutput: true)
        try strike.run { run in
            try bob.expectSound(run)
            #expect(text.hasPrefix(run.output) || run.fault == .tear, run.comment)
            #expect(run.output == text || run.status != 0, run.comment)
            let again = try bob.run(decrypt, in: run.folder)
            if again.status != 0 || again.output != text {
                #expect(again.status == 7 && run.output == text, "\(run.comment) \(again)")
            }
            // what was acknowledged is gone, and nothing else waits for somebody
            let status = try bob.run(["omemo", "status", "--json"], in: run.folder).objects.first
            #expect(status?["unacknowledged"] as? Int == 0, run.comment)
            let stanzas = [stanza] + next.keys.sorted()
            let texts = stanzas.map { next[$0] ?? "duplicate" }
            #expect(try bob.decrypt(stanzas, from: alice, in: run.folder) == texts, run.comment)
            try expectConversation(run, reader, isNew: isNew)
        }
    }

    /// The answer to the key exchange is there once, and what he writes can be read, no message key used twice.
    private func expectConversation(_ run: Strike.Run, _ reader: Image, isNew: Bool) throws {
        let (alice, bob) = (Party.alice, Party.bob)
        let waiting = try bob.run(["outbox", "list", "--json"], in: run.folder).objects
        let answers = waiting.filter { $0["kind"] as? String == "send" }.flatMap { $0["stanzas"] as? [String] ?? [] }
        #expect(answers.count == 1, run.comment)
        let texts = ["one", "two"]
        let written = try bob.encrypt(texts, to: alice, in: run.folder)
        var keys = MessageKeys()
        for stanza in answers + written { try keys.add(stanza) }
        #expect(keys.count == 3, run.comment)
        try alice.expectReads(answers + written, [isNew ? "empty" : "duplicate"] + texts, of: bob, reader, run)
    }
}

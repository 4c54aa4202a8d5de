// Owns the stores that strikes begin with, and the stanzas that went between them. It must not know of faults.

import Foundation
import Testing

/// A conversation at each of its stages. Alice's store is sealed, Bob's is not.
struct Scene: Sendable {
    /// It costs some twenty runs of the command, so all tests share one.
    static let shared = Result { try Scene() }

    static let texts = ["one", "two", "three", "four"]
    static let laterTexts = ["five", "six", "seven", "eight"]

    /// Her folder with a key and no store.
    let aliceBefore: Image
    /// An account, and all that it has to publish waits.
    let aliceNew, bobNew: Image
    /// What Bob publishes.
    let bobItems: String
    /// She has his bundles and no session.
    let aliceKnows: Image
    /// She has begun a session and has no answer.
    let aliceWrote: Image
    /// Her first messages, all key exchanges.
    let first: [String]
    /// He has her bundles and no session.
    let bobKnows: Image
    /// He has read the first of them; the answer waits.
    let bobMet: Image
    /// His answer, which says nothing.
    let answer: String
    /// She has the answer.
    let aliceSettled: Image
    /// Her next messages.
    let later: [String]
    /// She has written them.
    let aliceLater: Image
    /// He has read the third of the later ones alone.
    let bobAhead: Image

    private init() throws {
        let folder = try Folder()
        let (alice, bob) = (try folder.folder("alice"), try folder.folder("bob"))
        try Data((0..<32).map { $0 &* 7 }).write(to: URL(filePath: alice + "/key"))
        aliceBefore = try Image(of: alice)
        try #require(try Party.alice.run(["account", "create", Party.alice.name], in: alice).status == 0)
        try #require(try Party.bob.run(["account", "create", Party.bob.name], in: bob).status == 0)
        (aliceNew, bobNew) = (try Image(of: alice), try Image(of: bob))
        bobItems = try Party.bob.run(["bundle", "show"], in: bob).output
        let imported = try Party.alice.run(["bundle", "import", "--from", Party.bob.name], input: bobItems, in: alice)
        try #require(imported.status == 0, "\(imported.errors)")
        aliceKnows = try Image(of: alice)
        first = try Party.alice.encrypt(Scene.texts, to: .bob, in: alice)
        aliceWrote = try Image(of: alice)
        let items = try Party.alice.run(["bundle", "show"], in: alice).output
        try #require(
            try Party.bob.run(["bundle", "import", "--from", Party.alice.name], input: items, in: bob).status == 0)
        bobKnows = try Image(of: bob)
        try #require(try Party.bob.decrypt([first[0]], from: .alice, in: bob) == ["one"])
        bobMet = try Image(of: bob)
        let waiting = try Party.bob.run(["outbox", "list", "--json"], in: bob).objects
        let answers = waiting.filter { $0["kind"] as? String == "send" }.flatMap { $0["stanzas"] as? [String] ?? [] }
        answer = try #require(answers.first)
        try #require(try Party.alice.decrypt([answer], from: .bob, in: alice) == ["empty"])
        aliceSettled = try Image(of: alice)
        later = try Party.alice.encrypt(Scene.laterTexts, to: .bob, in: alice)
        aliceLater = try Image(of: alice)
        try #require(try Party.bob.decrypt([later[2]], from: .alice, in: bob) == ["seven"])
        bobAhead = try Image(of: bob)
        try #require(first.count == 4 && later.count == 4)
    }
}

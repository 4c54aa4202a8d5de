// A step of an OTR conversation while the process, the disk or the power fails: no counter is used for two messages, and what came is
// given until it was printed.

import Foundation
import TernCrypto
import Testing

@Suite(.serialized) struct OTRCrashTests {
    /// Two who have agreed on keys, and some messages of theirs.
    private struct Talk: Sendable {
        static let shared = Result { try Talk() }

        let alice: Image
        let bob: Image
        /// What Bob has written, and Alice has not read.
        let waiting: String

        private init() throws {
            let folder = try Folder()
            let (alice, bob) = (try folder.folder("alice"), try folder.folder("bob"))
            try Data((0..<32).map { $0 &* 7 }).write(to: URL(filePath: alice + "/key"))
            for (party, place) in [(Party.alice, alice), (.bob, bob)] {
                try #require(try party.run(["account", "create", party.name], in: place).status == 0)
                _ = try party.run(["outbox", "take"], in: place)
            }
            let ends = [(Party.alice, alice), (Party.bob, bob)]
            for side in [0, 1] {
                let (party, place) = ends[side]
                let query = try party.run(["otr", "query", "--to", ends[1 - side].0.address], in: place)
                try Talk.settle(OTRCrashTests.bodies(query.output), from: side, ends)
            }
            for (number, text) in ["one", "two", "three"].enumerated() {
                let (party, place) = ends[number % 2]
                let said = try party.run(
                    ["otr", "step", "--to", ends[1 - number % 2].0.address], input: text, in: place)
                try #require(said.status == 0, "\(said.errors)")
                try Talk.settle(OTRCrashTests.bodies(said.output), from: number % 2, ends)
            }
            let (bobs, place) = ends[1]
            let said = try bobs.run(["otr", "step", "--to", Party.alice.address], input: "four", in: place)
            waiting = try #require(OTRCrashTests.bodies(said.output).first)
            self.alice = try Image(of: alice)
            self.bob = try Image(of: bob)
        }

        /// Carries messages to and fro until nobody has anything to send.
        private static func settle(_ bodies: [String], from side: Int, _ ends: [(Party, String)]) throws {
            let (other, place) = ends[1 - side]
            for body in bodies {
                _ = try other.run(["otr", "step", "--from", ends[side].0.address], input: body, in: place)
                let answer = try other.run(["outbox", "take"], in: place)
                try settle(OTRCrashTests.bodies(answer.output), from: 1 - side, ends)
            }
        }
    }

    private let talk: Talk

    init() throws { talk = try Talk.shared.get() }

    /// The bodies of whole stanzas.
    private static func bodies(_ output: String) -> [String] {
        output.split(separator: "\n").compactMap { line in
            guard line.hasSuffix("</message>"), let start = line.range(of: "<body>"),
                let end = line.range(of: "</body>")
            else { return nil }
            return String(line[start.upperBound..<end.lowerBound])
        }
    }

    /// What a data message was encrypted with: the numbers of both keys, and the counter. One that was cut off tells it too, if
    /// so much of it is there.
    private static func place(of body: Substring) -> [UInt8]? {
        guard body.hasPrefix("?OTR:AAMD") else { return nil }
        let text = body.dropFirst(5).prefix { $0 != "." && $0 != "<" }
        guard let raw = try? Base64.decode(String(text.prefix(text.utf8.count / 4 * 4))), raw.count > 24 else {
            return nil
        }
        let length = raw[20..<24].reduce(0) { $0 << 8 | Int($1) }
        guard raw.count >= 24 + length + 8 else { return nil }
        return Array(raw[12..<20]) + Array(raw[(24 + length)..<(24 + length + 8)])
    }

    @Test func noCounterIsUsedTwice() throws {
        let (alice, bob) = (Party.alice, Party.bob)
        let strike = Strike(
            name: "otr step, sending", party: alice, arguments: ["otr", "step", "--to", bob.address, "text"],
            image: talk.alice, files: ["text": "struck"], step: 17)
        try strike.run { run in
            try alice.expectSound(run)
            let waiting = OTRCrashTests.bodies(try alice.run(["outbox", "take"], in: run.folder).output)
            let next = try alice.run(["otr", "step", "--to", bob.address], input: "second", in: run.folder)
            let more = OTRCrashTests.bodies(next.output)
            #expect(next.status == 0 && more.count == 1, "\(run.comment) \(next.errors)")
            var used: [[UInt8]: Substring] = [:]
            let printed = run.output.ranges(of: "?OTR:").map { run.output[$0.lowerBound...].prefix { $0 != "<" } }
            for body in printed + (waiting + more).map({ $0[...] }) {
                guard let place = OTRCrashTests.place(of: body) else { continue }
                let same = used[place, default: body]
                #expect(same.hasPrefix(body) || body.hasPrefix(same), run.comment)
                used[place] = same.count > body.count ? same : body
            }
            // Bob reads each once, and what was printed is among them
            var read: [String] = []
            let folder = run.folder + "/other"
            try talk.bob.write(to: folder)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            var seen: Set<String> = []
            for body in OTRCrashTests.bodies(run.output) + waiting + more where seen.insert(body).inserted {
                let got = try bob.run(["otr", "step", "--from", alice.address], input: body, in: folder)
                read.append(got.output)
            }
            #expect(read == ["struck", "second"] || (read == ["second"] && run.status != 0), "\(run.comment) \(read)")
        }
    }

    @Test func whatCameIsGivenUntilItWasPrinted() throws {
        let (alice, bob) = (Party.alice, Party.bob)
        let strike = Strike(
            name: "otr step, reading", party: alice, arguments: ["otr", "step", "--from", bob.address, "came"],
            image: talk.alice, files: ["came": talk.waiting], step: 17, losesOutput: true)
        try strike.run { run in
            try alice.expectSound(run)
            let again = try alice.run(["otr", "step", "--from", bob.address, "came"], in: run.folder)
            let isThere = run.output == "four"
            #expect(again.output == "four" || (isThere && again.status == 3), "\(run.comment) \(again)")
            #expect(run.output.isEmpty || "four".hasPrefix(run.output), run.comment)
            // the conversation goes on, both ways
            let folder = run.folder + "/other"
            try talk.bob.write(to: folder)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let said = try alice.run(["otr", "step", "--to", bob.address], input: "five", in: run.folder)
            let heard = try bob.run(
                ["otr", "step", "--from", alice.address], input: OTRCrashTests.bodies(said.output).first ?? "",
                in: folder)
            #expect(heard.output == "five", "\(run.comment) \(said.errors) \(heard.errors)")
            let answer = try bob.run(["otr", "step", "--to", alice.address], input: "six", in: folder)
            let last = try alice.run(
                ["otr", "step", "--from", bob.address], input: OTRCrashTests.bodies(answer.output).first ?? "",
                in: run.folder)
            #expect(last.output == "six", "\(run.comment) \(last.errors)")
        }
    }
}

extension Party {
    /// The one program that it speaks OTR with.
    fileprivate var address: String { name + "/x" }
}

// What the toolkit of libotr's authors makes of Tern's conversations: it reads what was recorded, and whoever has the keys that are
// published along the way can forge what was said. That is OTR's deniability.

import Foundation
import TernCore
import TernJSON
import TernOTR
import Testing

@Suite(.foreignPeers) struct OTRToolkitTests {
    /// Runs a program of the toolkit; nothing where it refuses.
    private func run(_ program: String, _ arguments: [String], input: String) throws -> String? {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/" + program)
        process.arguments = arguments
        let (requests, answers) = (Pipe(), Pipe())
        process.standardInput = requests
        process.standardOutput = answers
        process.standardError = FileHandle.nullDevice
        try process.run()
        if !input.isEmpty { try requests.fileHandleForWriting.write(contentsOf: Data((input + "\n").utf8)) }
        try requests.fileHandleForWriting.close()
        let output = try answers.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func value(_ name: String, in text: String?) -> String? {
        text?.split(separator: "\n").first { $0.contains(name) }?.split(separator: ":").last?
            .trimmingCharacters(in: .whitespaces)
    }

    /// Keys that a message publishes.
    private func published(_ wire: String) throws -> [String] {
        guard let parsed = try run("otr_parse", [], input: wire) else { return [] }
        return parsed.split(separator: "\n").filter { $0.contains("\tKey ") }.compactMap {
            $0.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
        }
    }

    @Test(arguments: ["libotr-v2", "libotr-v3"]) func theToolkitReadsWhatWasRecorded(name: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../TestVectors/otr/\(name).json").standardizedFileURL
        let cases = try #require(try JSONReader.read(Array(Data(contentsOf: file))).object?["cases"]?.array)
        var count = 0
        for each in cases.compactMap(\.object) where each["kind"] == "otr-read" {
            guard let inputs = each["inputs"]?.object, let expected = each["expected"]?.object,
                let own = inputs["private"]?.string, let theirs = inputs["theirs"]?.string,
                let wire = inputs["wire"]?.string
            else { continue }
            let keys = try run("otr_sesskeys", [own, theirs], input: "")
            let key = try #require(value("Receiving AES key", in: keys))
            let text = try run("otr_readforge", [key], input: String(decoding: bytes(wire), as: UTF8.self))
            let plain = String(decoding: bytes(expected["plaintext"]?.string ?? ""), as: UTF8.self)
            #expect(text?.hasPrefix("Plaintext: ``\(plain)''") == true, "\(each["id"]?.string ?? "")")
            count += 1
        }
        #expect(count > 15)
    }

    private func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.count, by: 2).compactMap { place in
            UInt8(String(hex.dropFirst(place).prefix(2)), radix: 16)
        }
    }

    /// Both ends publish the keys of codes that nobody uses any more. With them a third party writes another text in the place of
    /// what was said, with a code that fits; neither end takes it for new.
    @Test(arguments: [OTRVersion.v2, .v3]) func whoeverReadsAlongCanForge(version: OTRVersion) throws {
        let talk = try OTRTalk(.libotr, OTRPolicy(versions: [version], answers: .queries))
        try talk.ours { () throws(SessionError) in try talk.session.start(at: talk.clock) }
        for round in 0..<12 {
            if round % 2 == 0 {
                try talk.say("pay 10 to Bob")
            } else {
                try talk.theirs("send", ["text": "pay 20 to Eve"])
            }
        }
        let messages = talk.wire.filter { $0.body.hasPrefix(version == .v2 ? "?OTR:AAID" : "?OTR:AAMD") }
        #expect(messages.count == 12)
        var (forged, publishers) = ([String](), Set<Bool>())
        for (place, message) in messages.enumerated() {
            for key in try published(message.body) {
                publishers.insert(message.isOurs)
                for earlier in messages[..<place] {
                    // a wrong key gives another code, and with it another message
                    guard try run("otr_modify", [key, "pay", "pay", "0"], input: earlier.body) == earlier.body else {
                        continue
                    }
                    let forgery = try #require(try run("otr_modify", [key, "pay", "owe", "0"], input: earlier.body))
                    #expect(forgery != earlier.body)
                    // what the forger has made is as good as what was said: the same key vouches for both
                    #expect(try run("otr_modify", [key, "owe", "owe", "0"], input: forgery) == forgery)
                    forged.append(forgery)
                }
            }
        }
        #expect(publishers == [true, false], "both ends publish")
        #expect(forged.count >= 6)
        // a key that is published reads and writes nothing any more
        for forgery in forged {
            let incoming = Incoming(
                .body(forgery), from: try JID("bob@example.org/x"), to: try JID("alice@example.org/home"))
            let step = try? talk.session.decrypt(incoming, at: talk.clock)
            #expect(step?.plaintext == nil)
            #expect((try? talk.peer.ask("receive", ["body": .string(forgery)]))?["text"] == nil)
        }
        // no message publishes a key that could still be used: the last of each end stands under none
        for last in [messages.last { $0.isOurs }, messages.last { !$0.isOurs }].compactMap(\.?.body) {
            for message in messages {
                for key in try published(message.body) {
                    #expect(try run("otr_modify", [key, "pay", "pay", "0"], input: last) != last)
                }
            }
        }
    }
}

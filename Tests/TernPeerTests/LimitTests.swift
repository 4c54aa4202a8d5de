// Owns how far Tern and the foreign peers go along when much is missing, or when two want the same prekey.

import Testing

import TernCore
import TernOMEMO
import TernXML

@Suite("The limits of Tern and the foreign peers", .foreignPeers)
struct LimitTests {
    /// One message more than python-omemo skips.
    private static let gap = 1_001

    @Test("Tern reads on after a gap of a thousand messages, and what it has kept keys for", arguments: Pairing.all)
    func gapBeforeTern(_ pairing: Pairing) throws {
        let both = try pairing.acquainted()
        let jid = try both.stranger.address.jid
        var elements: [String] = []
        for number in 0...LimitTests.gap { elements.append(try both.encryptForTern("message \(number)")) }
        let last = try both.tern.decrypt([elements[LimitTests.gap]], from: jid)
        #expect(last.plaintext?.content == .text("message \(LimitTests.gap)"))
        // 1,000 keys are kept, so of the 1,001 the oldest was given up: nobody knows whether that message was read.
        #expect(try both.tern.refusal(of: elements[0], from: jid) == .materialMissing)
        for number in [1, 500, LimitTests.gap - 1] {
            let late = try both.tern.decrypt([elements[number]], from: jid)
            #expect(late.plaintext?.content == .text("message \(number)"))
        }
        try expectUnderstanding(both)
    }

    @Test("libomemo-c reads on after a gap of a thousand messages, python-omemo does not", arguments: Pairing.all)
    func gapBeforePeer(_ pairing: Pairing) throws {
        let both = try pairing.acquainted()
        var messages: [EncryptedMessage] = []
        for number in 0...LimitTests.gap { messages.append(try both.encrypt("message \(number)")) }
        let refusal = try both.stranger.refusal(
            of: messages[LimitTests.gap].xml(), from: Neighbourhood.ternAccount)
        switch pairing.implementation {
        case .libOMEMOC: #expect(refusal == nil)
        case .pythonOMEMO:
            #expect(refusal == .other)
            // It was none of its own making: with one message from in between it follows again.
            let between = try both.stranger.decrypt(messages[1].xml(), from: Neighbourhood.ternAccount)
            #expect(between.text == "message 1")
            let last = try both.stranger.decrypt(messages[LimitTests.gap].xml(), from: Neighbourhood.ternAccount)
            #expect(last.text == "message \(LimitTests.gap)")
        }
        let late = try both.stranger.decrypt(messages[500].xml(), from: Neighbourhood.ternAccount)
        #expect(late.text == "message 500")
        try expectUnderstanding(both)
    }

    @Test(
        "Of two peers that take the same prekey of Tern the second is refused, and not for ever", arguments: Pairing.all
    )
    func raceForTern(_ pairing: Pairing) throws {
        let both = try Neighbourhood(pairing.implementation, pairing.version, strangers: 2)
        let bundle = try one(of: try both.tern.bundle(pairing.version.terns)).serialized()
        let place = ForeignDevice.Place(both.tern.address)
        var elements: [String] = []
        for stranger in both.strangers {
            try stranger.learn(place, bundle: bundle)
            elements.append(try stranger.encrypt("me first", to: [place]))
        }
        let jid = try both.stranger.address.jid
        #expect(try both.tern.decrypt([elements[0]], from: jid).plaintext?.content == .text("me first"))
        let image = both.tern.image
        #expect(try both.tern.refusal(of: elements[1], from: jid) == .materialMissing)
        #expect(both.tern.image == image)
        // What Tern writes next begins a session with the second.
        let message = try both.encrypt("both of you").xml()
        for stranger in both.strangers {
            #expect(try stranger.decrypt(message, from: Neighbourhood.ternAccount).text == "both of you")
            let answer = try stranger.encrypt("yes", to: [place])
            #expect(try both.tern.decrypt([answer], from: jid).plaintext?.content == .text("yes"))
        }
    }

    @Test(
        "Of two devices of Tern that take the same prekey the second is refused, and not for ever",
        arguments: Pairing.all)
    func raceForPeer(_ pairing: Pairing) throws {
        let both = try Neighbourhood(pairing.implementation, pairing.version, terns: 2)
        let (version, address) = (pairing.version.terns, try both.stranger.address)
        let bundle = try one(of: try XMLParser.parse(try both.stranger.bundle()))
        let node = BundlePlace(address.device, version: version).node(of: address.jid)
        let draft = Draft(.text("me first"), to: [address.jid], versions: [version])
        var elements: [String] = []
        for tern in both.terns {
            try tern.learn([Item(id: node.item ?? "current", payload: bundle)], at: node)
            elements.append(try #require(try both.encrypt(draft, on: tern).first).xml())
        }
        #expect(try both.stranger.decrypt(elements[0], from: Neighbourhood.ternAccount).text == "me first")
        #expect(try both.stranger.refusal(of: elements[1], from: Neighbourhood.ternAccount) == .noSession)
        // What the peer writes next begins a session with the second.
        let answer = try both.stranger.encrypt("both of you", to: both.terns.map { ForeignDevice.Place($0.address) })
        for tern in both.terns {
            #expect(try tern.decrypt([answer], from: address.jid).plaintext?.content == .text("both of you"))
        }
    }

    /// The bundle with one prekey alone, so that nobody has a choice.
    private func one(of bundle: Element) throws -> Element {
        let children = try bundle.elements.map { child in
            guard child.name == "prekeys" else { return child }
            let first = try #require(child.elements.first)
            return Element(child.name, namespace: child.namespace, elements: [first])
        }
        return Element(bundle.name, namespace: bundle.namespace, elements: children)
    }

    private func expectUnderstanding(_ both: Neighbourhood) throws {
        for _ in 0..<2 {
            let ours = try both.encrypt("ours").xml()
            #expect(try both.stranger.decrypt(ours, from: Neighbourhood.ternAccount).text == "ours")
            let theirs = try both.encryptForTern("theirs")
            let decryption = try both.tern.decrypt([theirs], from: try both.stranger.address.jid)
            #expect(decryption.plaintext?.content == .text("theirs"))
        }
    }
}

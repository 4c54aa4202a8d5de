// Owns how sessions between Tern and the foreign peers begin: repeated exchanges, empty messages, both sides at once.

import Testing

import TernCore
import TernOMEMO
import TernXML

@Suite("Sessions with foreign peers begin", .foreignPeers)
struct StartTests {
    @Test("Tern repeats a key exchange until the peer has answered", arguments: Pairing.all)
    func ternRepeats(_ pairing: Pairing) throws {
        let both = try pairing.neighbourhood()
        let messages = try (0..<4).map { try both.encrypt("message \($0)") }
        #expect(messages.allSatisfy { $0.keys.allSatisfy { $0.isKeyExchange } })
        var usedPreKeys = 0
        for place in [2, 0, 3, 1] {
            let opened = try both.stranger.decrypt(messages[place].xml(), from: Neighbourhood.ternAccount)
            #expect(opened.text == "message \(place)")
            if opened.preKeyWasUsed { usedPreKeys += 1 }
        }
        #expect(usedPreKeys == 1)
        _ = try both.tern.decrypt([try both.encryptForTern("answer")], from: try both.stranger.address.jid)
        let after = try both.encrypt("after")
        #expect(after.keys.allSatisfy { !$0.isKeyExchange })
        #expect(try both.stranger.decrypt(after.xml(), from: Neighbourhood.ternAccount).text == "after")
    }

    @Test("A peer repeats a key exchange until it has Tern's empty message", arguments: Pairing.all)
    func peerRepeats(_ pairing: Pairing) throws {
        let both = try pairing.neighbourhood()
        let jid = try both.stranger.address.jid
        let elements = try (0..<4).map { try both.encryptForTern("message \($0)") }
        var replies: [Outbound] = []
        for place in [2, 0, 3, 1] {
            #expect(try isKeyExchange(elements[place]))
            let decryption = try both.tern.decrypt([elements[place]], from: jid)
            #expect(decryption.plaintext?.content == .text("message \(place)"))
            replies += decryption.replies
        }
        // One answer for one exchange, however often it comes. It says nothing.
        #expect(replies.count == 1)
        guard case .element(let element)? = replies.first?.payload else { return }
        #expect(try both.stranger.decrypt(try element.serialized(), from: Neighbourhood.ternAccount).text == nil)
        let after = try both.encryptForTern("after")
        #expect(try !isKeyExchange(after))
        #expect(try both.tern.decrypt([after], from: jid).plaintext?.content == .text("after"))
        #expect(try both.tern.refusal(of: elements[1], from: jid) == .duplicate)
    }

    @Test("A peer's empty messages begin and continue sessions", arguments: Pairing.all)
    func empty(_ pairing: Pairing) throws {
        let both = try pairing.neighbourhood()
        let jid = try both.stranger.address.jid
        let exchange = try both.stranger.empty(to: [ForeignDevice.Place(both.tern.address)])
        #expect(try isKeyExchange(exchange))
        let begun = try both.tern.decrypt([exchange], from: jid)
        #expect(begun.plaintext == nil && begun.receipt == nil && begun.replies.count == 1)
        #expect(try both.tern.refusal(of: exchange, from: jid) == .duplicate)
        guard case .element(let reply)? = begun.replies.first?.payload else { return }
        #expect(try both.stranger.decrypt(try reply.serialized(), from: Neighbourhood.ternAccount).text == nil)

        let later = try both.stranger.empty(to: [ForeignDevice.Place(both.tern.address)])
        #expect(try !isKeyExchange(later))
        let continued = try both.tern.decrypt([later], from: jid)
        #expect(continued.plaintext == nil && continued.replies.isEmpty)
        let text = try both.encrypt("and text")
        #expect(try both.stranger.decrypt(text.xml(), from: Neighbourhood.ternAccount).text == "and text")
    }

    @Test("What a peer answers by itself confirms the session", arguments: ForeignDevice.Version.allCases)
    func automaticAnswer(version: ForeignDevice.Version) throws {
        // libomemo-c leaves the answer to its client.
        let both = try Pairing(implementation: .pythonOMEMO, version: version).neighbourhood()
        let opened = try both.stranger.decrypt(try both.encrypt("first").xml(), from: Neighbourhood.ternAccount)
        let answer = try #require(opened.sent.first)
        #expect(opened.sent.count == 1 && answer.to == Neighbourhood.ternAccount)
        let decryption = try both.tern.decrypt([answer.element], from: try both.stranger.address.jid)
        #expect(decryption.plaintext == nil && decryption.replies.isEmpty)
        #expect(try both.encrypt("second").keys.allSatisfy { !$0.isKeyExchange })
    }

    private func isKeyExchange(_ element: String) throws -> Bool {
        try EncryptedMessage(try XMLParser.parse(element)).keys.allSatisfy(\.isKeyExchange)
    }
}

// Owns what becomes of Tern and a foreign peer that begin a session with each other at the same time.

import Testing

import TernCore
import TernOMEMO
import TernXML

@Suite("Both sides start at once", .foreignPeers)
struct SimultaneousStartTests {
    /// Which of the two sessions Tern prefers is chance: so many seeds see both.
    private static let rounds: UInt64 = 6

    /// Messages that cross: each side writes before it has what the other wrote.
    private struct Crossing {
        /// Whether the peer read what Tern wrote.
        let isRead: Bool
        /// Whether neither side began a session with it.
        let isSettled: Bool
    }

    @Test("Tern understands everything, and after two messages each way so does the peer", arguments: Pairing.all)
    func simultaneous(_ pairing: Pairing) throws {
        var lost = 0
        for seed in 1...SimultaneousStartTests.rounds {
            let both = try pairing.neighbourhood(seed: seed)
            var crossings: [Crossing] = []
            for number in 0..<4 { crossings.append(try cross(both, number)) }
            #expect(crossings[2].isRead && crossings[2].isSettled, "seed \(seed)")
            #expect(crossings[3].isRead && crossings[3].isSettled, "seed \(seed)")
            lost += crossings.count { !$0.isRead }
            try converse(both)
        }
        switch pairing.implementation {
        // It tries the sessions that it archived: nothing is lost.
        case .libOMEMOC: #expect(lost == 0)
        // It has one session and takes the last that was begun, so it loses what Tern writes on the other one: the text of
        // the second crossing, where Tern prefers that one. Tern follows with the second message that comes on the peer's.
        case .pythonOMEMO: #expect(lost <= SimultaneousStartTests.rounds)
        }
    }

    /// Both write, then both read. The peer's own answers arrive in time, Tern's too.
    private func cross(_ both: Neighbourhood, _ number: Int) throws -> Crossing {
        let ours = try both.encrypt("ours \(number)")
        let theirs = try both.encryptForTern("theirs \(number)")
        let begins = try EncryptedMessage(try XMLParser.parse(theirs)).keys.contains(where: \.isKeyExchange)
        let isSettled = !begins && !ours.keys.contains(where: \.isKeyExchange)

        let jid = try both.stranger.address.jid
        var isRead = true
        var sent: [String] = []
        do {
            let opened = try both.stranger.decrypt(ours.xml(), from: Neighbourhood.ternAccount)
            #expect(opened.text == "ours \(number)")
            sent = opened.sent.map(\.element)
        } catch ForeignPeer.Failure.refused(let refusal, _) {
            #expect(refusal == .unauthentic)
            isRead = false
        }
        let decryption = try both.tern.decrypt([theirs], from: jid)
        #expect(decryption.plaintext?.content == .text("theirs \(number)"))
        for element in sent { #expect(try both.tern.decrypt([element], from: jid).plaintext == nil) }
        for reply in decryption.replies {
            guard case .element(let element) = reply.payload else { continue }
            // An empty message on a session that the peer has given up is no loss.
            _ = try both.stranger.refusal(of: try element.serialized(), from: Neighbourhood.ternAccount)
        }
        return Crossing(isRead: isRead, isSettled: isSettled)
    }

    /// Both write in turn and understand each other.
    private func converse(_ both: Neighbourhood) throws {
        for number in 0..<3 {
            let ours = try both.encrypt("then \(number)").xml()
            #expect(try both.stranger.decrypt(ours, from: Neighbourhood.ternAccount).text == "then \(number)")
            let theirs = try both.encryptForTern("well \(number)")
            let decryption = try both.tern.decrypt([theirs], from: try both.stranger.address.jid)
            #expect(decryption.plaintext?.content == .text("well \(number)"))
        }
    }
}

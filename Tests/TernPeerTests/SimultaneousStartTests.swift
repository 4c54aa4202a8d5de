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

    /// What becomes of the empty messages with which key exchanges are answered.
    enum Answers: CaseIterable, CustomTestStringConvertible, Sendable {
        case arrive, getLost

        var testDescription: String { self == .arrive ? "answers arrive" : "answers get lost" }
    }

    @Test(
        "Tern understands everything, and after two messages each way so does the peer", arguments: Pairing.all,
        Answers.allCases)
    func simultaneous(_ pairing: Pairing, _ answers: Answers) throws {
        for seed in 1...SimultaneousStartTests.rounds {
            let both = try pairing.neighbourhood(seed: seed)
            var crossings: [Crossing] = []
            for number in 0..<5 { crossings.append(try cross(both, number, answers)) }
            // It takes the last session that was begun, and Tern may prefer the other. Tern follows with the second message
            // that comes on the peer's: an answer is one. What Tern wrote until then is lost to a peer with one session;
            // libomemo-c tries those that it archived.
            let mayBeLost =
                switch (pairing.implementation, answers) {
                case (.libOMEMOC, _): 0
                case (.pythonOMEMO, .arrive): 1
                case (.pythonOMEMO, .getLost): 2
                }
            for (number, crossing) in crossings.enumerated() where !(1..<1 + mayBeLost).contains(number) {
                #expect(crossing.isRead, "seed \(seed), crossing \(number)")
            }
            for crossing in crossings[2...] { #expect(crossing.isSettled, "seed \(seed)") }
            try converse(both)
        }
    }

    /// Both write, then both read.
    private func cross(_ both: Neighbourhood, _ number: Int, _ answers: Answers) throws -> Crossing {
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
        let crossing = Crossing(isRead: isRead, isSettled: isSettled)
        guard answers == .arrive else { return crossing }
        for element in sent { #expect(try both.tern.decrypt([element], from: jid).plaintext == nil) }
        for reply in decryption.replies {
            guard case .element(let element) = reply.payload else { continue }
            // An empty message on a session that the peer has given up is no loss.
            _ = try both.stranger.refusal(of: try element.serialized(), from: Neighbourhood.ternAccount)
        }
        return crossing
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

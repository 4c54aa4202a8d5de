// Owns long conversations of Tern with the foreign peers. A seed that fails is told, and TERN_PEER_SEED runs it alone.

import Foundation
import Testing

@Suite("Long conversations with foreign peers", .foreignPeers)
struct ConversationTests {
    /// Messages, beside the empty ones that the implementations send by themselves.
    private static let length = 1_000

    /// One conversation.
    struct Case: CustomTestStringConvertible, Sendable {
        let implementation: ForeignPeer.Implementation
        let version: ForeignDevice.Version
        let side: Conversation.Side
        /// No two conversations go the same way.
        let number: UInt64

        static let all = Pairing.all.enumerated().flatMap { place, pairing in
            Conversation.Side.allCases.map { side in
                Case(
                    implementation: pairing.implementation, version: pairing.version, side: side,
                    number: UInt64(2 * place + (side == .tern ? 0 : 1)))
            }
        }

        var testDescription: String {
            "\(implementation.testDescription), \(version.testDescription), \(side.testDescription)"
        }
    }

    @Test("Two devices of each read a thousand messages that come late, twice or never", arguments: Case.all)
    func conversation(_ it: Case) throws {
        let chosen = ProcessInfo.processInfo.environment["TERN_PEER_SEED"]
        let seed = try chosen.map { try #require(UInt64($0), "TERN_PEER_SEED is a number") } ?? 1
        let conversation = try Conversation(
            it.implementation, it.version, starting: it.side, seed: seed &* UInt64(Case.all.count) &+ it.number)
        do {
            try conversation.begin()
            try conversation.run(until: ConversationTests.length)
            try conversation.end()
        } catch {
            Issue.record(
                """
                \(error)
                after \(conversation.summary), \(it.testDescription)
                TERN_PEER_SEED=\(seed) runs it again; what the peer draws by chance differs
                """)
            return
        }
        // Nothing of what is shown here came about by nothing happening.
        #expect(conversation.sent >= ConversationTests.length && conversation.ledger.read > 2_000)
        #expect(conversation.lost > 150 && conversation.ledger.duplicates > 100 && conversation.restarts > 20)
        if chosen != nil { print("\(it.testDescription): \(conversation.summary)") }
    }
}

// Owns the rows of `otr`: Tern's conversations beside plain libotr's, both ends of each in one process. It must not know how time is
// taken.

internal import TernCore
internal import TernCrypto
internal import TernOTR

/// The OTR rows.
public enum OTRScenarios {
    /// All rows, in the order in which they are told.
    public static var all: [Scenario] {
        [
            row("otr-message", "a text of 100 bytes in one direction, encrypted and read", batch: 400) { talk, count in
                for _ in 0..<count { try talk.say(text, fromAlice: true) }
            },
            row("otr-turn", "the same in turns: each message brings new keys", batch: 32) { talk, count in
                for number in 0..<count { try talk.say(text, fromAlice: number % 2 == 0) }
            },
            row("otr-exchange", "from the query to keys at both ends", batch: 4, isEstablished: false) { talk, count in
                for _ in 0..<count { try talk.exchange() }
            },
            row("otr-smp", "a comparison of a secret, both ends", batch: 2) { talk, count in
                for _ in 0..<count { try talk.compare(secret) }
            },
        ]
    }

    private static let text = String(repeating: "0123456789", count: 10)
    private static let secret = Array("in the park".utf8)

    private static func row(
        _ name: String, _ summary: String, batch: Int, isEstablished: Bool = true,
        _ work: @escaping @Sendable (any OTRPair, Int) throws -> Void
    ) -> Scenario {
        func contestant(_ peer: String, _ make: @escaping @Sendable () throws -> any OTRPair) -> Contestant {
            Contestant(peer, batch: batch) { count in
                let talk = try make()
                if isEstablished { try talk.exchange() }
                return .timed { try work(talk, count) }
            }
        }
        return Scenario(
            name, summary, [contestant("tern") { try TernOTRPair() }, contestant("libotr") { RawOTR() }])
    }
}

/// Two ends that talk.
private protocol OTRPair {
    func exchange() throws
    func say(_ text: String, fromAlice: Bool) throws
    func compare(_ secret: [UInt8]) throws
}

extension RawOTR: OTRPair {}

/// Two ends over sessions.
private final class TernOTRPair: OTRPair {
    private let ends: [OTRSession]
    private let addresses: [JID]
    private static let now = Timestamp(seconds: 1_800_000_000)
    private static let keys = Result {
        try (
            OTRPrivateKey.generate(for: try BareJID("alice@example.org")),
            OTRPrivateKey.generate(for: try BareJID("bob@example.org"))
        )
    }

    init() throws {
        let (alice, bob) = try TernOTRPair.keys.get()
        addresses = [try JID("alice@example.org/x"), try JID("bob@example.org/x")]
        ends = [
            OTRSession(account: alice.account, peer: addresses[1], key: alice),
            OTRSession(account: bob.account, peer: addresses[0], key: bob),
        ]
        // libotr has read the keys: the other side begins there, too
        for end in ends { _ = try end.poll(at: TernOTRPair.now) }
    }

    func exchange() throws { try carry([try ends[0].start(at: TernOTRPair.now)], from: 0) }

    func say(_ text: String, fromAlice: Bool) throws {
        let side = fromAlice ? 0 : 1
        try carry([try ends[side].encrypt(.text(text), at: TernOTRPair.now)], from: side)
    }

    func compare(_ secret: [UInt8]) throws {
        try carry([try ends[0].verify(SharedSecret(copying: secret), at: TernOTRPair.now)], from: 0)
        try carry([try ends[1].answer(SharedSecret(copying: secret), at: TernOTRPair.now)], from: 1)
    }

    private func carry(_ steps: [Step], from side: Int) throws {
        for step in steps {
            if let failure = step.failure { throw failure }
            for outbound in step.outbound {
                let incoming = Incoming(outbound.payload, from: addresses[side], to: addresses[1 - side])
                try carry([try ends[1 - side].decrypt(incoming, at: TernOTRPair.now)], from: 1 - side)
            }
            for case .work(let job) in step.needs {
                try carry(try ends[side].supply([.worked(job.run())], at: TernOTRPair.now), from: side)
            }
        }
    }
}

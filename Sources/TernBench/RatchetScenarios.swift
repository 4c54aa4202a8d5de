// Owns the rows of `ratchet`: what a message, a turn and a session cost in memory, beside the floor of the primitives.

internal import TernCrypto
internal import TernOMEMO
internal import TernRatchet

/// The ratchet's rows. Each is measured beside the same primitives called bare, with no wire format, no state, no wiping.
public enum RatchetScenarios {
    /// All rows, in the order in which they are told.
    public static var all: [Scenario] {
        Version.allCases.flatMap { version in
            [
                chainEncrypt(version), chainDecrypt(version), pingPong(version), initiator(version),
                initiatorAhead(version), responder(version), skip1000(version), skippedMessage(version),
            ]
        }
    }

    private static func name(_ row: String, _ version: Version) -> String {
        row + (version == .v03 ? "/0.3" : "/2")
    }

    private static func chainEncrypt(_ version: Version) -> Scenario {
        let tern = Contestant("tern", batch: 8000) { batch in
            let held = Held(try Conversation(version))
            return .timed {
                var conversation = held.take()
                let plaintext = conversation.plaintext
                var bytes = 0
                for _ in 0..<batch {
                    _ = try version.seal(
                        plaintext.span, with: &conversation.alice, keys: &conversation.keys
                    ) { bytes += $0.count }
                }
                guard bytes > batch else { throw RatchetError.malformed }
            }
        }
        let floor = Contestant("floor", batch: 8000) { batch in
            let floor = Floor(version)
            return .timed { for _ in 0..<batch { floor.chainEncrypt() } }
        }
        return Scenario(
            name("chain-encrypt", version), "the next message of a chain, framed, ready for base64", [tern, floor])
    }

    private static func chainDecrypt(_ version: Version) -> Scenario {
        let tern = Contestant("tern", batch: 8000) { batch in
            var conversation = try Conversation(version)
            let messages = try conversation.messages(batch)
            let held = Held(conversation)
            return .timed {
                var conversation = held.take()
                for message in messages {
                    let opened = try version.open(message.span, with: conversation.bob)
                    _ = conversation.bob.commit(opened)
                }
            }
        }
        let floor = Contestant("floor", batch: 8000) { batch in
            let floor = Floor(version)
            return .timed { for _ in 0..<batch { floor.chainDecrypt() } }
        }
        return Scenario(
            name("chain-decrypt", version), "the message that is due, parsed, opened and committed", [tern, floor])
    }

    private static func pingPong(_ version: Version) -> Scenario {
        let tern = Contestant("tern", batch: 200) { batch in
            let held = Held(try Conversation(version))
            return .timed {
                var conversation = held.take()
                for _ in 0..<batch / 2 {
                    try conversation.bobToAlice()
                    try conversation.aliceToBob()
                }
            }
        }
        let floor = Contestant("floor", batch: 200) { batch in
            let floor = Floor(version)
            return .timed { for _ in 0..<batch { floor.pingPong() } }
        }
        return Scenario(
            name("ping-pong", version), "a message each way in turn: sealed, opened, ratchet turned", [tern, floor])
    }

    private static func initiator(_ version: Version) -> Scenario {
        let tern = Contestant("tern", batch: 60) { batch in
            let couple = Shared(Couple(version))
            let plaintext = Couple.plaintext(version)
            var keys = FreshKeyPairs()
            return .timed {
                for _ in 0..<batch {
                    var started = try couple.value.initiate(couple.value.verifiedPreKey(), keys: &keys)
                    _ = try version.seal(plaintext.span, with: &started.ratchet, keys: &keys)
                }
            }
        }
        let floor = Contestant("floor", batch: 60) { batch in
            let floor = Floor(version)
            return .timed { for _ in 0..<batch { floor.initiator() } }
        }
        return Scenario(
            name("initiator", version), "a session from a bundle, its signature checked, and the first message",
            [tern, floor])
    }

    private static func initiatorAhead(_ version: Version) -> Scenario {
        let tern = Contestant("tern", batch: 60) { batch in
            let couple = Shared(Couple(version))
            let plaintext = Couple.plaintext(version)
            let verified = try couple.value.verifiedPreKey()
            let pool = Shared(KeyPairPool(SystemEntropy()))
            pool.value.fill(to: 2 * batch)
            return .timed {
                for _ in 0..<batch {
                    var started = try couple.value.initiate(verified, keys: &pool.value)
                    _ = try version.seal(plaintext.span, with: &started.ratchet, keys: &pool.value)
                }
            }
        }
        let floor = Contestant("floor", batch: 60) { batch in
            let floor = Floor(version)
            return .timed { for _ in 0..<batch { floor.initiatorAhead() } }
        }
        return Scenario(
            name("initiator-ahead", version), "as initiator, the signature checked and key pairs made beforehand",
            [tern, floor])
    }

    private static func responder(_ version: Version) -> Scenario {
        let tern = Contestant("tern", batch: 60) { batch in
            let couple = Shared(Couple(version))
            let plaintext = Couple.plaintext(version)
            var keys = FreshKeyPairs()
            let verified = try couple.value.verifiedPreKey()
            let first = try (0..<batch).map { _ in
                var started = try couple.value.initiate(verified, keys: &keys)
                let sealed = try version.seal(plaintext.span, with: &started.ratchet, keys: &keys)
                return (started.exchange, sealed.message)
            }
            return .timed {
                for (exchange, message) in first {
                    var session = try couple.value.respond(to: exchange)
                    let opened = try version.open(message.span, with: session)
                    _ = session.commit(opened)
                }
            }
        }
        let floor = Contestant("floor", batch: 60) { batch in
            let floor = Floor(version)
            return .timed { for _ in 0..<batch { floor.responder() } }
        }
        return Scenario(
            name("responder", version), "a session from a key exchange, and the first message opened", [tern, floor])
    }

    private static func skip1000(_ version: Version) -> Scenario {
        let tern = Contestant("tern", batch: 10) { batch in
            var conversation = try Conversation(version)
            let last = try conversation.messages(1001)[1000]
            var bobs: [Shared<DoubleRatchet>] = []
            for _ in 0..<batch { bobs.append(Shared(try conversation.anotherBob())) }
            let receivers = bobs
            return .timed {
                for bob in receivers {
                    let opened = try version.open(last.span, with: bob.value)
                    _ = bob.value.commit(opened)
                }
            }
        }
        let floor = Contestant("floor", batch: 10) { batch in
            let floor = Floor(version)
            return .timed { for _ in 0..<batch { floor.skip1000() } }
        }
        return Scenario(name("skip-1000", version), "message 1,001 first: 1,000 keys derived and kept", [tern, floor])
    }

    private static func skippedMessage(_ version: Version) -> Scenario {
        let tern = Contestant("tern", batch: 1000) { batch in
            var conversation = try Conversation(version)
            var messages = try conversation.messages(batch + 1)
            let last = messages.removeLast()
            let opened = try version.open(last.span, with: conversation.bob)
            _ = conversation.bob.commit(opened)
            let shuffled = messages.shuffled()
            let held = Held(conversation)
            return .timed {
                var conversation = held.take()
                for message in shuffled {
                    let opened = try version.open(message.span, with: conversation.bob)
                    _ = conversation.bob.commit(opened)
                }
            }
        }
        let floor = Contestant("floor", batch: 1000) { batch in
            let floor = Floor(version)
            return .timed { for _ in 0..<batch { floor.skippedMessage() } }
        }
        return Scenario(
            name("skipped-message", version), "each of 1,000 kept messages, in any order", [tern, floor])
    }
}

/// A place for a value that cannot be copied into a closure.
final class Shared<Value: ~Copyable> {
    var value: Value

    init(_ value: consuming Value) {
        self.value = value
    }
}

/// A value that is made before a measurement and taken out, once, in it.
final class Held<Value: ~Copyable> {
    private var value: Value?

    init(_ value: consuming Value) {
        self.value = consume value
    }

    func take() -> Value {
        guard let taken = value.take() else { preconditionFailure("a prepared state is measured once") }
        return taken
    }
}

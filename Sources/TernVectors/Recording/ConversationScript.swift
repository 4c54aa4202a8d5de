// Owns what happens in a recorded conversation, and who takes part. It must not know how it is done.

internal import TernCore
internal import TernOMEMO

/// The script: what tends to go wrong between two implementations.
enum ConversationScript {
    /// Who takes part.
    struct Party {
        let name: String
        let jid: String
        let device: UInt32
        let signBit: UInt8

        func address() throws(ReplayError) -> DeviceAddress {
            guard let jid = try? BareJID(jid), let device = try? DeviceID(device) else {
                throw ReplayError("\(name) has no address")
            }
            return DeviceAddress(jid, device)
        }
    }

    /// What happens; messages are counted from 0 as they are sent, and parties by their place.
    enum Step {
        case send(Int)
        case sendEmpty(Int)
        case receive(Int)
        /// What arrives has a bit changed, in a byte counted from the end.
        case receiveChanged(Int, (Version) -> Int)
    }

    static let parties = [
        Party(name: "alice", jid: "alice@example.org", device: 1111, signBit: 0),
        Party(name: "bob", jid: "bob@example.net", device: 2222, signBit: 1),
    ]

    private static let (alice, bob) = (0, 1)

    static var steps: [Step] {
        // a key exchange three times; its first delivery is changed and may leave nothing behind
        let exchange: [Step] = [
            .send(alice), .send(alice), .send(alice), .receiveChanged(1, lastOfTag), .receive(1), .receive(0),
        ]
        // the answer, out of order and with a repetition
        let answer: [Step] = [
            .send(bob), .send(bob), .send(bob), .receive(5), .receive(3), .receive(5),
        ]
        // a turn; a late key exchange, repetitions on this chain and on the one before, a change
        let turn: [Step] = [
            .send(alice), .send(alice), .send(alice), .send(alice), .receive(9), .receive(2), .receive(6), .receive(6),
            .receive(0), .receiveChanged(8) { _ in -1 },
        ]
        // a message that says nothing, and one of a chain that has ended
        let empty: [Step] = [
            .sendEmpty(bob), .send(bob), .send(bob), .receive(12), .receive(4), .receive(11), .receive(10),
        ]
        // more turns; what was left two of them ago comes at the end
        let late: [Step] = [
            .send(alice), .send(alice), .receive(14), .receive(13), .send(bob), .send(bob), .send(bob), .send(bob),
            .send(bob), .receive(19), .receive(17), .receive(18), .receive(15), .receive(16), .receive(7), .receive(8),
            .send(alice), .receive(20),
        ]
        return exchange + answer + turn + empty + late
    }

    /// In OMEMO 0.3 the number of the signed prekey stands behind the message.
    private static func lastOfTag(_ version: Version) -> Int {
        version == .v03 ? -3 : -1
    }
}

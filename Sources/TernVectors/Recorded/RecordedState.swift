// Owns a recorded session state, and holding a session against it. It must not know how the session came there.

internal import TernJSON
internal import TernRatchet

/// The state of a session after an event, in the model of python-doubleratchet.
struct RecordedState: Sendable {
    struct Chain: Sendable, Equatable {
        let key: [UInt8]
        let length: UInt32
    }

    struct Skipped: Sendable, Hashable {
        let ratchetKey: [UInt8]
        let index: UInt32
        let key: [UInt8]
    }

    let isInitiator: Bool
    let associatedData: [UInt8]
    let ownPrivate: [UInt8]
    let remote: [UInt8]
    let root: [UInt8]
    let receiving: Chain?
    let sending: Chain?
    let previousLength: UInt32
    let skipped: Set<Skipped>

    init(_ value: JSONValue, in place: String) throws(FormatError) {
        var state = try Members(value, in: place)
        switch try state.string("initiation") {
        case "ACTIVE": isInitiator = true
        case "PASSIVE": isInitiator = false
        default: throw state.wrongType("initiation", "ACTIVE or PASSIVE")
        }
        associatedData = try state.bytes("associated_data")
        // whether the other side has answered: told by the key exchanges that messages carry
        state.ignore("confirmed")
        var ratchet = try state.members("double_ratchet")
        try state.finish()
        ratchet.ignore("version")
        var outer = try ratchet.members("diffie_hellman_ratchet")
        outer.ignore("version")
        ownPrivate = try outer.bytes("own_ratchet_priv")
        remote = try outer.bytes("other_ratchet_pub")
        root = try RecordedState.chain(outer.value("root_chain"), in: place)?.key ?? []
        var inner = try outer.members("symmetric_key_ratchet")
        try outer.finish()
        inner.ignore("version")
        receiving = try RecordedState.chain(inner.value("receiving_chain"), in: place)
        sending = try RecordedState.chain(inner.value("sending_chain"), in: place)
        // null before there was a chain: the ratchet counts none
        let previous = try inner.value("previous_sending_chain_length")
        guard previous == .null || previous.integer.flatMap({ UInt32(exactly: $0) }) != nil else {
            throw inner.wrongType("previous_sending_chain_length", "a number or null")
        }
        previousLength = UInt32(previous.integer ?? 0)
        try inner.finish()
        var kept: Set<Skipped> = []
        for value in try ratchet.array("skipped_message_keys") {
            var key = try Members(value, in: "a skipped key")
            kept.insert(
                Skipped(
                    ratchetKey: try key.bytes("ratchet_pub"), index: try key.number("index"),
                    key: try key.bytes("message_key")))
            try key.finish()
        }
        skipped = kept
        try ratchet.finish()
    }

    private static func chain(_ value: JSONValue, in place: String) throws(FormatError) -> Chain? {
        if value == .null { return nil }
        var chain = try Members(value, in: place)
        chain.ignore("version")
        let key = try chain.bytes("key")
        let length = try chain.number("length")
        try chain.finish()
        return Chain(key: key, length: length)
    }

    /// Compares a session with the state, value by value. A half turn that was put off has been done before.
    func check(_ ratchet: borrowing DoubleRatchet) throws(ReplayError) {
        let parties = ratchet.parties
        let ends = parties.isInitiator ? [parties.local, parties.remote] : [parties.remote, parties.local]
        try expect(parties.isInitiator, isInitiator, "state: whether this side began")
        try expect(Array(ends.joined()), associatedData, "state: the associated data")
        let state = ratchet.inspect()
        try expect(state.root, root, "state: the root key")
        try expect(state.ownPrivate, ownPrivate, "state: the own ratchet key")
        try expect(state.remote, remote, "state: the other ratchet key")
        try RecordedState.expectChain(state.sending, sending, "sending")
        try RecordedState.expectChain(state.receiving, receiving, "receiving")
        try expect(state.previousLength, previousLength, "state: the length of the previous sending chain")
        let kept = Set(state.skipped.map { Skipped(ratchetKey: $0.ratchetKey, index: $0.index, key: $0.key) })
        guard kept == skipped, kept.count == state.skipped.count else {
            let names = { (keys: Set<Skipped>) in keys.map { String($0.index) }.sorted().joined(separator: " ") }
            throw ReplayError("state: the skipped keys are \(names(kept)), recorded are \(names(skipped))")
        }
    }

    private static func expectChain(
        _ actual: RatchetInspection.Chain?, _ recorded: Chain?, _ name: String
    ) throws(ReplayError) {
        try expect(actual?.key, recorded?.key, "state: the \(name) chain key")
        try expect(actual?.length, recorded?.length, "state: the length of the \(name) chain")
    }
}

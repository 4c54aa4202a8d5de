// Owns the first half of receiving: where a message's key is found and what will follow from it, worked out on the side.
// It changes nothing.

internal import TernCrypto

/// Where a message's key was found, and what follows from it.
enum Plan: ~Copyable {
    /// Among the skipped keys, in the run at this place.
    case skipped(place: Int)
    /// At the end of a retired chain.
    case spare(place: Int)
    /// In the current chain, where it is due. The next chain key is behind the text.
    case due
    /// Further on in the current chain, whose next key is behind the text.
    case ahead(SkippedRun, forgottenBelow: UInt32)
    /// In a chain that this message begins.
    case turned(TurnedRatchet)

    /// Whether the text carries the next chain key.
    var movesChain: Bool {
        switch self {
        case .due: true
        case .ahead: true
        case .skipped: false
        case .spare: false
        case .turned: false
        }
    }
}

/// A turn of the ratchet that has not been committed. A class, so that the many messages that turn nothing do not carry
/// room for it.
final class TurnedRatchet {
    let ratchetKey: X25519PublicKey
    let run: SkippedRun?
    private var parts: Parts?

    /// What the session takes over.
    struct Parts: ~Copyable {
        let root: RootKey
        let chain: ReceivingChain
        let ended: EndedChain?
    }

    init(_ ratchetKey: X25519PublicKey, run: SkippedRun?, _ parts: consuming Parts) {
        self.ratchetKey = ratchetKey
        self.run = run
        self.parts = consume parts
    }

    func take() -> Parts {
        guard let parts = parts.take() else { preconditionFailure("a turn is committed once") }
        return parts
    }
}

/// The chain that a turn ends.
struct EndedChain: ~Copyable {
    let chain: RetiredChain
    let run: SkippedRun?
    let spare: Secret<32>?
}

extension DoubleRatchet {
    @_lifetime(cipher: copy cipher)
    func plan(_ header: MessageHeader, _ cipher: inout MessageCipher) throws(RatchetError) -> Plan {
        if let remote, header.ratchetKey == remote, receiving != nil { return try planInChain(header, &cipher) }
        if let place = retired.place(of: header.ratchetKey) { return try planRetired(header, at: place, &cipher) }
        return try planTurn(header, &cipher)
    }

    @_lifetime(cipher: copy cipher)
    private func planInChain(_ header: MessageHeader, _ cipher: inout MessageCipher) throws(RatchetError) -> Plan {
        let (next, forgottenBelow) = receivingPlace
        guard header.index >= next else { return try planSkipped(header, forgottenBelow: forgottenBelow, &cipher) }
        let distance = header.index - next
        guard distance <= Limits.stepsPerMessage, header.index < .max else { throw .tooFarAhead(distance) }
        if distance == 0 {
            switch receiving {
            case .none: throw .unauthentic
            case .some(let chain): chain.key.stepAside(&cipher)
            }
            return .due
        }
        guard var chain = receiving?.duplicate(), let run = chain.skip(to: header.index, of: header.ratchetKey)
        else { throw .unauthentic }
        chain.key.stepAside(&cipher)
        return .ahead(run, forgottenBelow: chain.forgottenBelow)
    }

    /// The number that is due in the current chain, and the one below which keys may be gone.
    private var receivingPlace: (next: UInt32, forgottenBelow: UInt32) {
        switch receiving {
        case .none: (0, 0)
        case .some(let chain): (chain.next, chain.forgottenBelow)
        }
    }

    @_lifetime(cipher: copy cipher)
    private func planRetired(
        _ header: MessageHeader, at place: Int, _ cipher: inout MessageCipher
    ) throws(RatchetError) -> Plan {
        let chain = retired.chains[place]
        guard header.index < chain.length else { throw .unauthentic }
        if header.index == chain.length - 1, let spare = retired.spare(at: place) {
            cipher.load(spare.span)
            return .spare(place: place)
        }
        return try planSkipped(header, forgottenBelow: chain.forgottenBelow, &cipher)
    }

    @_lifetime(cipher: copy cipher)
    private func planSkipped(
        _ header: MessageHeader, forgottenBelow: UInt32, _ cipher: inout MessageCipher
    ) throws(RatchetError) -> Plan {
        if let place = skipped.place(header.ratchetKey, header.index) {
            skipped.runs[place].load(header.index, &cipher)
            return .skipped(place: place)
        }
        throw header.index < forgottenBelow ? .forgotten : .duplicate
    }

    /// DHRatchet (§3.5), receiving half. The sending half is left until there is an answer; see ``Turn``.
    @_lifetime(cipher: copy cipher)
    private func planTurn(_ header: MessageHeader, _ cipher: inout MessageCipher) throws(RatchetError) -> Plan {
        // A chain that has left the retired ones may still have keys.
        if let place = skipped.place(header.ratchetKey, header.index) {
            skipped.runs[place].load(header.index, &cipher)
            return .skipped(place: place)
        }
        // Nobody honest comes back to a ratchet key, and two chains of one key would have two keys for one message.
        guard !skipped.holds(header.ratchetKey) else { throw .unauthentic }
        guard header.index <= Limits.stepsPerMessage else { throw .tooFarAhead(header.index) }
        let step: RootKey.Step
        switch turn {
        case .awaiting(let own):
            step = try root.step(own: own.privateKey, remote: header.ratchetKey, suite: suite)
        case .sending(let chain):
            step = try root.step(own: chain.own.privateKey, remote: header.ratchetKey, suite: suite)
        case .listening(let own):
            step = try root.step(own: own.privateKey, remote: header.ratchetKey, suite: suite)
        // Nobody can turn to a key that this side has not made.
        case .owed: throw .unauthentic
        case .silent: throw .unauthentic
        }
        let ended = planEnd(header, budget: Limits.stepsPerMessage - header.index)
        var chain = ReceivingChain(key: step.chain)
        let run = chain.skip(to: header.index, of: header.ratchetKey)
        chain.take(&cipher)
        let parts = TurnedRatchet.Parts(root: step.root, chain: chain, ended: ended)
        return .turned(TurnedRatchet(header.ratchetKey, run: run, parts))
    }

    /// Keeps what is missing of the current chain, up to the length that the header tells, within `budget` steps. What
    /// does not fit is given up: the session goes on.
    private func planEnd(_ header: MessageHeader, budget: UInt32) -> EndedChain? {
        guard let remote, var chain = receiving?.duplicate() else { return nil }
        let length = header.previousLength
        guard length >= chain.next, length < .max else {
            return EndedChain(
                chain: RetiredChain(remote, length: chain.next, forgottenBelow: chain.forgottenBelow), run: nil,
                spare: nil)
        }
        guard length - chain.next < budget else {
            return EndedChain(
                chain: RetiredChain(remote, length: length + 1, forgottenBelow: length + 1), run: nil, spare: nil)
        }
        let run = chain.skip(to: length, of: remote)
        let spare = Secret<32> { seed in chain.key.step(into: &seed) }
        return EndedChain(
            chain: RetiredChain(remote, length: length + 1, forgottenBelow: chain.forgottenBelow), run: run,
            spare: spare)
    }
}

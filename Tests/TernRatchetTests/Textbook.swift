// Owns a Double Ratchet as its specification prints it (§3, revision 1): eager, with dictionaries, on arrays. It has its
// own framing and its own X3DH, and must not call the code under test; only the primitives are shared.

import TernCrypto

/// The other side of a session.
struct Textbook {
    struct Slot: Hashable {
        let ratchetKey: [UInt8]
        let index: UInt32
    }

    struct Header: Equatable {
        var ratchetKey: [UInt8]
        var index: UInt32
        var previousLength: UInt32
    }

    /// How the side counts its previous chain.
    enum Counting: CaseIterable {
        case count, oneLess, zero, tooMany, huge
    }

    static let maximumSkip: UInt32 = 20_000

    let spelling: Spelling
    let local: [UInt8]
    let remote: [UInt8]
    let isInitiator: Bool
    var counting = Counting.count
    /// Told instead of any count, for one message after the other.
    var lie: UInt32?
    private var entropy: SeededEntropy
    private(set) var rootKey: [UInt8]
    private var own: [UInt8]?
    private(set) var ownPublic: [UInt8] = []
    private var other: [UInt8]?
    private var sendingChain: [UInt8]?
    private var receivingChain: [UInt8]?
    private(set) var sent: UInt32 = 0
    private var received: UInt32 = 0
    private(set) var previousLength: UInt32 = 0
    private var skipped: [Slot: [UInt8]] = [:]

    /// RatchetInitAlice.
    init(
        _ spelling: Spelling, initiating shared: [UInt8], to signedPreKey: [UInt8], local: [UInt8], remote: [UInt8],
        entropy: SeededEntropy
    ) throws {
        self.spelling = spelling
        self.local = local
        self.remote = remote
        self.entropy = entropy
        isInitiator = true
        rootKey = shared
        other = signedPreKey
        try openSendingChain()
    }

    /// RatchetInitBob.
    init(
        _ spelling: Spelling, responding shared: [UInt8], as signedPreKey: [UInt8], local: [UInt8], remote: [UInt8],
        entropy: SeededEntropy
    ) throws {
        self.spelling = spelling
        self.local = local
        self.remote = remote
        self.entropy = entropy
        isInitiator = false
        rootKey = shared
        own = signedPreKey
        ownPublic = try Curve.publicKey(signedPreKey)
    }

    var canSend: Bool { sendingChain != nil }

    private mutating func openSendingChain() throws {
        guard let other else { return }
        let fresh = Curve.privateKey(&entropy)
        own = fresh
        ownPublic = try Curve.publicKey(fresh)
        (rootKey, sendingChain) = try stepRoot(Curve.agree(fresh, other))
    }

    private func stepRoot(_ shared: [UInt8]) throws -> ([UInt8], [UInt8]) {
        let derived = try Derivation.expand(shared, salt: rootKey, info: spelling.rootInfo, 64)
        return (Array(derived[..<32]), Array(derived[32...]))
    }

    /// The length of the previous chain as this side tells it.
    private var toldLength: UInt32 {
        if let lie { return lie }
        return switch counting {
        case .count: previousLength
        case .oneLess: previousLength == 0 ? 0 : previousLength - 1
        case .zero: 0
        case .tooMany: previousLength + 40
        case .huge: .max
        }
    }

    /// RatchetEncrypt.
    mutating func seal(_ text: [UInt8]) throws -> [UInt8] {
        guard let chain = sendingChain else { throw TestFailure("the other side cannot send yet") }
        let key = Derivation.code(chain, [1])
        sendingChain = Derivation.code(chain, [2])
        let header = Header(ratchetKey: ownPublic, index: sent, previousLength: toldLength)
        sent += 1
        return try spelling.seal(text, header: header, key: key, associatedData: associatedData(sending: true))
    }

    /// As if `count` messages had been sent and lost.
    mutating func lose(_ count: UInt32) {
        guard var chain = sendingChain else { return }
        for _ in 0..<count { chain = Derivation.code(chain, [2]) }
        sendingChain = chain
        sent += count
    }

    /// RatchetDecrypt, on a copy. nil when the message is refused.
    mutating func open(_ message: [UInt8]) throws -> [UInt8]? {
        guard let parts = spelling.read(message) else { return nil }
        var next = self
        guard let key = try next.key(of: parts.header) else { return nil }
        guard let text = try spelling.open(parts, key: key, associatedData: associatedData(sending: false))
        else { return nil }
        self = next
        return text
    }

    private mutating func key(of header: Header) throws -> [UInt8]? {
        let slot = Slot(ratchetKey: header.ratchetKey, index: header.index)
        if let key = skipped.removeValue(forKey: slot) { return key }
        if header.ratchetKey != other || receivingChain == nil {
            guard skip(to: header.previousLength) else { return nil }
            try turn(to: header.ratchetKey)
        }
        guard skip(to: header.index), let chain = receivingChain else { return nil }
        receivingChain = Derivation.code(chain, [2])
        received += 1
        return Derivation.code(chain, [1])
    }

    /// SkipMessageKeys.
    private mutating func skip(to index: UInt32) -> Bool {
        guard let other, var chain = receivingChain, index > received else { return true }
        guard index - received <= Textbook.maximumSkip else { return false }
        while received < index {
            skipped[Slot(ratchetKey: other, index: received)] = Derivation.code(chain, [1])
            chain = Derivation.code(chain, [2])
            received += 1
        }
        receivingChain = chain
        return true
    }

    /// DHRatchet.
    private mutating func turn(to ratchetKey: [UInt8]) throws {
        guard let own else { return }
        previousLength = sent
        sent = 0
        received = 0
        other = ratchetKey
        (rootKey, receivingChain) = try stepRoot(Curve.agree(own, ratchetKey))
        try openSendingChain()
    }

    private func associatedData(sending: Bool) -> [UInt8] {
        let localFirst = spelling == .signal ? sending : isInitiator
        return localFirst ? local + remote : remote + local
    }
}

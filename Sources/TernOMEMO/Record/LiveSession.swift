// Owns one session with one device as it lies in memory and in its rows. It must not know which session is used when.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// A ratchet, and what OMEMO keeps beside it. A class that boxes it: what cannot be copied does not go into a collection.
final class LiveSession {
    private static let format: UInt8 = 1

    /// The number of its rows.
    let number: Int64
    /// The version that it speaks.
    let version: Version
    /// The key exchange that began it, whoever sent it: one that comes again belongs here.
    let origin: Origin
    /// Whether it was started here and nothing has come back: then the key exchange goes along with each message.
    var isPending: Bool
    /// Messages that came while another session was the live one; ``replaced`` more where the other end has begun that one.
    var strikes: UInt8
    /// What still comes on a session after its other end has begun a new one was under way, and says nothing about where the
    /// other end is: not before many have come.
    static let replaced: UInt8 = 128
    static let many: UInt8 = 8
    /// When it began.
    let began: Timestamp
    var ratchet: DoubleRatchet
    private var chains: KeptChains?

    /// The chains that have kept keys, numbered in the order in which they came: rows are found by it. A class, since few
    /// sessions have any.
    private final class KeptChains {
        var numbers: [X25519PublicKey: Int64] = [:]
        var last: Int64 = 0
    }

    /// What tells one key exchange from another (X3DH §3.3); the identity key is the device's.
    struct Origin: Hashable {
        let signedPreKeyID: UInt32
        let preKeyID: UInt32
        let ephemeralKey: X25519PublicKey

        init(_ exchange: KeyExchange) {
            signedPreKeyID = exchange.signedPreKeyID
            preKeyID = exchange.preKeyID
            ephemeralKey = exchange.ephemeralKey
        }

        fileprivate init(from reader: inout RecordReader) throws(RatchetError) {
            signedPreKeyID = try reader.number()
            preKeyID = try reader.number()
            ephemeralKey = try reader.publicKey()
        }
    }

    init(
        _ number: Int64, _ version: Version, _ origin: Origin, isPending: Bool, began: Timestamp,
        ratchet: consuming DoubleRatchet
    ) {
        self.number = number
        self.version = version
        self.origin = origin
        self.isPending = isPending
        self.began = began
        self.ratchet = ratchet
        strikes = 0
    }

    /// Reads the rows of a session.
    /// - Returns: Nothing where there are none.
    static func load(
        _ number: Int64, of own: OwnDevice, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> LiveSession? {
        guard let cold = try transaction.load(.session, .session(number)),
            let hot = try transaction.load(.chain, .session(number))
        else { return nil }
        let session: LiveSession
        do throws(RatchetError) {
            session = try LiveSession(number, hot: hot.span, cold: cold.span, of: own)
        } catch {
            throw SessionError(error)
        }
        try session.restoreKeys(in: transaction)
        return session
    }

    private init(_ number: Int64, hot: Span<UInt8>, cold: Span<UInt8>, of own: OwnDevice) throws(RatchetError) {
        var reader = RecordReader(cold)
        try reader.format(LiveSession.format)
        guard let version = Version(suite: try reader.byte()) else { throw .malformedRecord }
        self.number = number
        self.version = version
        isPending = try reader.flag()
        strikes = try reader.byte()
        began = try reader.time()
        origin = try Origin(from: &reader)
        ratchet = try DoubleRatchet(
            hot: hot, cold: try reader.counted(), local: own.encodedIdentity(version),
            suite: { id in id == version.suite.id ? version.suite : nil })
        try reader.finish()
    }

    /// What the first messages carry, for a session that was started here.
    func exchange(of own: OwnDevice) -> KeyExchange {
        KeyExchange(
            signedPreKeyID: origin.signedPreKeyID, preKeyID: origin.preKeyID, ephemeralKey: origin.ephemeralKey,
            identity: own.identity.publicKey(for: version.suite))
    }
}

extension LiveSession {
    /// Ends sending on it for good; what comes is still read.
    func fallSilent() {
        ratchet.fallSilent()
        isPending = false
        strikes = 0
    }
}

// MARK: - Rows

extension LiveSession {
    /// Writes all of it.
    func save(in transaction: inout some StoreTransaction) throws(SessionError) {
        try saveCold(in: &transaction)
        try saveHot(in: &transaction)
    }

    /// Writes what a step has changed.
    /// - Parameter cold: Whether something beside the ratchet has changed.
    func save(
        _ changes: RatchetChanges, cold: Bool, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        if cold || changes.cold { try saveCold(in: &transaction) }
        try saveHot(in: &transaction)
        // What is gone first: a chain that has no keys any more loses its number when a new one gets one.
        if let used = changes.used { try dropKeys(used, in: &transaction) }
        for range in changes.evicted { try dropKeys(range, in: &transaction) }
        for range in changes.added { try saveKeys(range, in: &transaction) }
    }

    /// Removes all of it.
    static func drop(_ number: Int64, in transaction: inout some StoreTransaction) throws(SessionError) {
        try transaction.drop(.session, .session(number))
        try transaction.drop(.chain, .session(number))
        try transaction.drop(.skippedKey, group: number)
    }

    private func saveHot(in transaction: inout some StoreTransaction) throws(SessionError) {
        do throws(StoreError) {
            try Memory.withScratch(DoubleRatchet.hotLength) { record throws(StoreError) in
                let count = ratchet.writeHotRecord(to: &record)
                try transaction.put(record.span.extracting(first: count), .chain, .session(number))
            }
        } catch {
            throw .store(error)
        }
    }

    /// Writes what a turn of the ratchet changes.
    func saveCold(in transaction: inout some StoreTransaction) throws(SessionError) {
        let cold = ratchet.coldRecord()
        var writer = RecordWriter(capacity: 64 + cold.count)
        writer.write(LiveSession.format)
        writer.write(version.suite.id)
        writer.write(isPending)
        writer.write(strikes)
        writer.write(began)
        writer.write(origin.signedPreKeyID)
        writer.write(origin.preKeyID)
        writer.write(origin.ephemeralKey)
        writer.write(counted: cold.span)
        try transaction.save(writer.finish(), .session, .session(number))
    }

    private func saveKeys(
        _ range: SkippedRange, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        let chain = number(ofChain: range.ratchetKey)
        for index in range.indices {
            guard let key = ratchet.skippedKey(range.ratchetKey, index) else { continue }
            var writer = RecordWriter(capacity: 64)
            writer.write(range.ratchetKey)
            writer.write(key.span)
            try transaction.save(writer.finish(), .skippedKey, .skipped(number, chain: chain, index: index))
        }
    }

    private func dropKeys(
        _ range: SkippedRange, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        guard let chain = chains?.numbers[range.ratchetKey] else { return }
        for index in range.indices {
            try transaction.drop(.skippedKey, .skipped(number, chain: chain, index: index))
        }
    }

    private func number(ofChain ratchetKey: X25519PublicKey) -> Int64 {
        let chains = keptChains()
        if let chain = chains.numbers[ratchetKey] { return chain }
        let kept = Set(ratchet.skippedRanges.map(\.ratchetKey))
        chains.numbers = chains.numbers.filter { kept.contains($0.key) }
        chains.last += 1
        chains.numbers[ratchetKey] = chains.last
        return chains.last
    }

    private func keptChains() -> KeptChains {
        if let chains { return chains }
        let made = KeptChains()
        chains = made
        return made
    }
}

// MARK: - Kept keys

extension LiveSession {
    /// Gives the ratchet the keys that were kept for it, the oldest first.
    private func restoreKeys(in transaction: borrowing some StoreTransaction) throws(SessionError) {
        let keys = try transaction.list(.skippedKey, in: number)
        var start = keys.startIndex
        while start < keys.endIndex {
            var end = start + 1
            while end < keys.endIndex, keys[end].chain == keys[start].chain,
                keys[end].index - keys[end - 1].index <= LiveSession.widestHole
            { end += 1 }
            try restore(keys[start..<end], in: transaction)
            start = end
        }
    }

    /// Used keys that a run may have between two others. A wider hole makes two runs, so that memory is not held for it.
    private static let widestHole: UInt32 = 8

    private func restore(
        _ keys: ArraySlice<RowKey>, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) {
        guard let first = keys.first, let last = keys.last, last.index < .max else { return }
        var seeds = SecretBytes(count: Int(last.index - first.index + 1) * 32)
        var ratchetKey: X25519PublicKey?
        for key in keys {
            guard let row = try transaction.load(.skippedKey, key), row.count == 64,
                let owner = try? X25519PublicKey(row.span.extracting(first: 32)), ratchetKey ?? owner == owner
            else { throw .store(.damaged) }
            ratchetKey = owner
            let start = Int(key.index - first.index) * 32
            var bytes = seeds.mutableSpan
            for offset in 0..<32 { bytes[start + offset] = row.span[32 + offset] }
        }
        guard let ratchetKey else { return }
        do throws(RatchetError) {
            try ratchet.restoreSkipped(SkippedRange(ratchetKey, first.index..<last.index + 1), keys: seeds.span)
        } catch {
            throw SessionError(error)
        }
        let chains = keptChains()
        chains.numbers[ratchetKey] = first.chain
        chains.last = max(chains.last, first.chain)
    }
}

extension RowKey {
    /// The chain of a kept key, in the order in which chains came.
    fileprivate var chain: Int64 { item >> 32 }
    /// The number of a kept key's message.
    fileprivate var index: UInt32 { UInt32(truncatingIfNeeded: item) }
}

// Owns a session's records: a small hot one for what every message changes, a cold one for the rest, and runs of skipped
// keys beside them. It must not know where they are stored, or whether they are sealed there.
//
// No field can be forgotten: reading ends in the initialiser that takes every stored property, none of which has a default
// value, and a field that is read but not written makes every record too short.

public import TernCrypto

extension DoubleRatchet {
    /// The format of both records. A reader refuses higher ones.
    public static let recordVersion: UInt8 = 1
    /// The format of a cold record of a session that sends nothing any more, which the first format does not know.
    static let silentRecordVersion: UInt8 = 2

    /// The chain keys and their counters.
    public func hotRecord() -> SecretBytes {
        var record = SecretBytes(count: DoubleRatchet.hotLength)
        var bytes = record.mutableSpan
        let count = writeHotRecord(to: &bytes)
        record.truncate(to: count)
        return record
    }

    /// Bytes of the longest hot record.
    package static let hotLength = 5 + 1 + 36 + 1 + 40

    /// Writes the hot record to ``hotLength`` zero bytes: what every message writes is not worth a piece of heap.
    /// - Returns: The bytes that it takes.
    @_lifetime(bytes: copy bytes)
    package func writeHotRecord(to bytes: inout MutableSpan<UInt8>) -> Int {
        bytes[0] = DoubleRatchet.recordVersion
        bytes.write(generation, at: 1)
        var place = 6
        switch turn {
        case .awaiting: break
        case .owed: break
        case .listening: break
        case .silent: break
        case .sending(let chain):
            bytes[5] = 1
            bytes.write(chain.key.span, at: place)
            bytes.write(chain.next, at: place + 32)
            place += 36
        }
        switch receiving {
        case .none: return place + 1
        case .some(let chain):
            bytes[place] = 1
            bytes.write(chain.key.span, at: place + 1)
            bytes.write(chain.next, at: place + 33)
            bytes.write(chain.forgottenBelow, at: place + 37)
            return place + 41
        }
    }

    /// All that a turn of the ratchet changes, and what never changes.
    public func coldRecord() -> SecretBytes {
        var writer = RecordWriter(capacity: 256 + parties.remoteKey.count + Limits.retiredChains * 49)
        writer.write(coldVersion)
        writer.write(suite.id)
        writer.write(generation)
        writer.write(parties.isInitiator)
        writer.write(UInt8(parties.remoteKey.count))
        writer.write(parties.remoteKey)
        writer.write(root.bytes.span)
        switch turn {
        case .owed: writer.write(TurnTag.owed.rawValue)
        case .awaiting(let own): DoubleRatchet.write(.awaiting, own, to: &writer)
        case .sending(let chain): DoubleRatchet.write(.sending, chain.own, to: &writer)
        case .listening(let own): DoubleRatchet.write(.listening, own, to: &writer)
        case .silent: writer.write(TurnTag.silent.rawValue)
        }
        writer.write(remote != nil)
        if let remote { writer.write(remote.bytes.span) }
        writer.write(previousLength)
        retired.write(to: &writer)
        return writer.finish()
    }

    /// Reads both records.
    /// - Parameters:
    ///   - local: This device's encoded identity key, which all its sessions share.
    ///   - suite: Gives the suite with an id.
    /// - Throws: ``RatchetError/malformedRecord`` when they are damaged or do not belong together,
    ///   ``RatchetError/unsupportedRecord(version:)`` for a later format.
    public init(
        hot: Span<UInt8>, cold: Span<UInt8>, local: [UInt8], suite: (UInt8) -> Suite?
    ) throws(RatchetError) {
        var hot = RecordReader(hot)
        var cold = RecordReader(cold)
        try DoubleRatchet.checkVersion(hot.byte(), DoubleRatchet.recordVersion)
        let version = try cold.byte()
        try DoubleRatchet.checkVersion(version, DoubleRatchet.silentRecordVersion)
        guard let suite = suite(try cold.byte()) else { throw .malformedRecord }
        let generation = try cold.number()
        guard try hot.number() == generation else { throw .malformedRecord }
        let isInitiator = try cold.flag()
        let remoteIdentity = try cold.take(Int(cold.byte()))
        guard remoteIdentity.count == suite.encodedKeyLength else { throw .malformedRecord }
        let root = RootKey(try cold.secret())
        let turn = try DoubleRatchet.readTurn(from: &hot, &cold)
        let remote = try cold.flag() ? cold.publicKey() : nil
        let previousLength = try cold.number()
        let retired = try RetiredChains(from: &cold)
        let receiving = try DoubleRatchet.readReceivingChain(from: &hot)
        try hot.finish()
        try cold.finish()
        try DoubleRatchet.check(turn, version, hasRemote: remote != nil, hasReceived: receiving != nil)
        self.init(
            suite: suite,
            parties: Parties(
                local: local, remote: remoteIdentity.indices.map { remoteIdentity[$0] }, isInitiator: isInitiator),
            root: root, turn: turn, remote: remote, receiving: receiving, previousLength: previousLength,
            generation: generation, retired: retired, skipped: SkippedKeys())
    }

    private enum TurnTag: UInt8 {
        case awaiting, owed, sending, listening, silent
    }

    private var coldVersion: UInt8 {
        switch turn {
        case .awaiting: DoubleRatchet.recordVersion
        case .owed: DoubleRatchet.recordVersion
        case .sending: DoubleRatchet.recordVersion
        case .listening: DoubleRatchet.silentRecordVersion
        case .silent: DoubleRatchet.silentRecordVersion
        }
    }

    private static func write(_ tag: TurnTag, _ own: borrowing X25519KeyPair, to writer: inout RecordWriter) {
        writer.write(tag.rawValue)
        writer.write(own.privateKey.span)
        writer.write(own.publicKey.bytes.span)
    }

    private static func readTurn(
        from hot: inout RecordReader, _ cold: inout RecordReader
    ) throws(RatchetError) -> Turn {
        guard let tag = TurnTag(rawValue: try cold.byte()) else { throw .malformedRecord }
        guard try hot.flag() == (tag == .sending) else { throw .malformedRecord }
        switch tag {
        case .owed: return .owed
        case .awaiting: return .awaiting(try readKeyPair(from: &cold))
        case .listening: return .listening(try readKeyPair(from: &cold))
        case .silent: return .silent
        case .sending:
            let own = try readKeyPair(from: &cold)
            let key = ChainKey(try hot.secret())
            return .sending(SendingChain(own: own, key: key, next: try hot.number()))
        }
    }

    private static func readKeyPair(from reader: inout RecordReader) throws(RatchetError) -> X25519KeyPair {
        let key = X25519PrivateKey(try reader.secret())
        return X25519KeyPair(key, publicKey: try reader.publicKey())
    }

    private static func readReceivingChain(from hot: inout RecordReader) throws(RatchetError) -> ReceivingChain? {
        guard try hot.flag() else { return nil }
        let key = ChainKey(try hot.secret())
        let next = try hot.number()
        let forgottenBelow = try hot.number()
        // A chain begins with a message that was read.
        guard next > 0, forgottenBelow < next else { throw .malformedRecord }
        return ReceivingChain(key: key, next: next, forgottenBelow: forgottenBelow)
    }

    /// States that no message leads to: they would be found out only where a key is missing.
    private static func check(
        _ turn: borrowing Turn, _ version: UInt8, hasRemote: Bool, hasReceived: Bool
    ) throws(RatchetError) {
        let (fits, itsVersion) =
            switch turn {
            case .awaiting: (!hasRemote, recordVersion)
            case .owed: (hasRemote, recordVersion)
            case .sending: (hasRemote, recordVersion)
            case .listening: (true, silentRecordVersion)
            case .silent: (hasRemote, silentRecordVersion)
            }
        guard fits, version == itsVersion, hasRemote || !hasReceived else { throw .malformedRecord }
    }

    private static func checkVersion(_ version: UInt8, _ highest: UInt8) throws(RatchetError) {
        guard version <= highest else { throw .unsupportedRecord(version: version) }
        guard version >= recordVersion else { throw .malformedRecord }
    }
}

extension RetiredChains {
    fileprivate func write(to writer: inout RecordWriter) {
        writer.write(UInt8(chains.count))
        for place in chains.indices {
            writer.write(chains[place].keyPrefix)
            writer.write(chains[place].length)
            writer.write(chains[place].forgottenBelow)
            switch spare(at: place) {
            case .none: writer.write(false)
            case .some(let spare):
                writer.write(true)
                writer.write(spare.span)
            }
        }
    }

    fileprivate init(from reader: inout RecordReader) throws(RatchetError) {
        self.init()
        let count = try reader.byte()
        guard count <= Limits.retiredChains else { throw .malformedRecord }
        for _ in 0..<count {
            let prefix = try reader.longNumber()
            let length = try reader.number()
            let chain = RetiredChain(keyPrefix: prefix, length: length, forgottenBelow: try reader.number())
            guard length > 0, chain.forgottenBelow <= length else { throw .malformedRecord }
            let hasSpare = try reader.flag()
            add(chain, spare: hasSpare ? try reader.secret() : nil)
            // Zeros stand for a spare that was used.
            guard hasSpare == (spare(at: chains.count - 1) != nil) else { throw .malformedRecord }
        }
    }
}

// MARK: - Skipped keys

extension DoubleRatchet {
    /// The ranges that hold kept keys, the oldest first.
    public var skippedRanges: [SkippedRange] {
        skipped.runs.map { SkippedRange($0.ratchetKey, $0.indices) }
    }

    /// The key of a message that has not arrived, to be stored under its ratchet key and number.
    public func skippedKey(_ ratchetKey: X25519PublicKey, _ index: UInt32) -> Secret<32>? {
        skipped.place(ratchetKey, index).map { skipped.runs[$0].seed(index) }
    }

    /// Takes back keys that were stored, the oldest first: consecutive messages of one chain, 32 bytes each, zeros where
    /// there is none.
    /// - Throws: ``RatchetError/malformedRecord`` when the bytes do not fit the range, there are more than
    ///   ``Limits/keptKeys``, or a message would have two keys and could be read twice: in two ranges, or in a range and in
    ///   the chain that is still to come to it.
    public mutating func restoreSkipped(_ range: SkippedRange, keys: Span<UInt8>) throws(RatchetError) {
        guard !range.indices.isEmpty, keys.count == range.indices.count * 32, !isReachable(range),
            !skipped.overlaps(range)
        else { throw .malformedRecord }
        let run = SkippedRun(range.ratchetKey, first: range.indices.lowerBound, seeds: keys)
        guard run.remaining > 0, skipped.count + run.remaining <= Limits.keptKeys else { throw .malformedRecord }
        skipped.add(run)
    }

    /// Whether the current chain has not passed all of a range.
    private func isReachable(_ range: SkippedRange) -> Bool {
        guard range.ratchetKey == remote else { return false }
        return switch receiving {
        case .none: true
        case .some(let chain): range.indices.upperBound > chain.next
        }
    }
}

// Owns writing an account's rows to a file, piece by piece. It must not know what is in a row, nor where the file lies.

public import TernCore
public import TernCrypto

/// A file that is being written. In memory is one piece of it.
public struct ArchiveWriter: ~Copyable {
    private let header: ArchiveHeader
    private let key: ArchiveKey
    private let sink: ([UInt8]) throws(ArchiveError) -> Void
    private var piece = SecretBytes(count: PieceCipher.pieceLength)
    private var filled = 0
    private var number: UInt64 = 0

    private init(
        _ header: ArchiveHeader, _ key: consuming ArchiveKey, _ sink: @escaping ([UInt8]) throws(ArchiveError) -> Void
    ) {
        self.header = header
        self.key = key
        self.sink = sink
    }

    /// Writes all rows of an account.
    /// - Parameters:
    ///   - excluded: Rows that say something about the store and not about the account.
    ///   - sink: Takes the bytes in their order.
    /// - Throws: What `sink` throws, ``ArchiveError/store(_:)``, ``ArchiveError/limitExceeded``.
    public static func write(
        _ account: ArchivedAccount, _ transaction: borrowing some StoreTransaction, without excluded: [RowKey] = [],
        passphrase: Span<UInt8>, cost: PasswordKey.Cost = .moderate, entropy: inout some Entropy,
        to sink: @escaping ([UInt8]) throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        var made: ArchiveKey?
        let header = try ArchiveHeader.make(passphrase, cost: cost, entropy: &entropy, &made)
        guard let key = made.take() else { throw .backend }
        try sink(header.bytes)
        var writer = ArchiveWriter(header, key, sink)
        try writer.write(account)
        let addresses = try writer.writeAddresses(transaction)
        var rows: UInt64 = 0
        for table in Table.allCases where table.travels {
            rows += try writer.writeRows(table, transaction, addresses, table == .setting ? excluded : [])
        }
        try writer.append(EntryKind.end.rawValue)
        try writer.append(UInt64(addresses.count))
        try writer.append(rows)
        try writer.finish()
    }

    private mutating func write(_ account: ArchivedAccount) throws(ArchiveError) {
        try append(EntryKind.account.rawValue)
        try append(account.provenance.number)
        try append(account.file.span)
        try append(UInt64(bitPattern: account.made.milliseconds))
        try append(name: account.jid)
    }

    private mutating func writeAddresses(
        _ transaction: borrowing some StoreTransaction
    ) throws(ArchiveError) -> Set<Int64> {
        let numbers: [(jid: BareJID, number: Int64)]
        do throws(StoreError) { numbers = try transaction.numbers() } catch { throw .store(error) }
        for (jid, number) in numbers {
            try append(EntryKind.address.rawValue)
            try append(UInt64(bitPattern: number))
            try append(name: jid)
        }
        return Set(numbers.map(\.number))
    }

    private mutating func writeRows(
        _ table: Table, _ transaction: borrowing some StoreTransaction, _ addresses: Set<Int64>, _ excluded: [RowKey]
    ) throws(ArchiveError) -> UInt64 {
        var count: UInt64 = 0
        let keys: [RowKey]
        do throws(StoreError) { keys = try transaction.keys(table) } catch { throw .store(error) }
        for key in keys where !excluded.contains(key) {
            let named = table.addresses(in: key)
            // what was kept under an address that was forgotten means nothing any more
            if named.contains(.group), !addresses.contains(key.group) { continue }
            if named.contains(.item), !addresses.contains(key.item) { continue }
            let row: SecretBytes?
            do throws(StoreError) { row = try transaction.row(table, key) } catch { throw .store(error) }
            guard let row else { throw .store(.damaged) }
            try write(row, table, key, named)
            count += 1
        }
        return count
    }

    private mutating func write(
        _ row: borrowing SecretBytes, _ table: Table, _ key: RowKey, _ named: KeyAddresses
    ) throws(ArchiveError) {
        guard row.count <= ArchiveReader.longestRow else { throw .store(.damaged) }
        try append(EntryKind.row.rawValue)
        try append(UInt64(table.rawValue))
        try append(named.rawValue)
        try append(UInt64(bitPattern: key.group))
        try append(UInt64(bitPattern: key.item))
        try append(UInt64(row.count))
        try append(row.span)
    }
}

// MARK: - Pieces

extension ArchiveWriter {
    private mutating func append(_ byte: UInt8) throws(ArchiveError) {
        // a piece is sealed once it is known whether it is the last
        if filled == piece.count { try seal(isLast: false) }
        let place = filled
        var bytes = piece.mutableSpan
        bytes[place] = byte
        filled = place + 1
    }

    private mutating func append(_ number: UInt64) throws(ArchiveError) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            try append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    private mutating func append(name jid: BareJID) throws(ArchiveError) {
        let bytes = Array(jid.description.utf8)
        try append(UInt64(bytes.count))
        try append(bytes.span)
    }

    private mutating func append(_ bytes: Span<UInt8>) throws(ArchiveError) {
        var place = 0
        while place < bytes.count {
            if filled == piece.count { try seal(isLast: false) }
            let start = filled
            let count = min(bytes.count - place, piece.count - start)
            piece.write(bytes.extracting(place..<place + count), at: start)
            filled = start + count
            place += count
        }
    }

    private mutating func finish() throws(ArchiveError) {
        try seal(isLast: true)
    }

    private mutating func seal(isLast: Bool) throws(ArchiveError) {
        try sink(try key.seal(piece.span.extracting(0..<filled), header, number: number, isLast: isLast))
        number += 1
        filled = 0
    }
}

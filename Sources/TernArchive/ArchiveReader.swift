// Owns reading an account's rows from a file, piece by piece, each authenticated before anything of it is looked at. It must not
// know what is in a row, nor where the file lies.

public import TernCore
public import TernCrypto

/// A file that is being read. In memory are two pieces of it, and one row.
///
/// That a piece is authentic says nothing about those behind it. What was read counts once ``next()`` has given the end.
public struct ArchiveReader: ~Copyable {
    /// Bytes of the longest row.
    static let longestRow = 1 << 24
    private static let longestName = 3072

    /// What stands in a file behind its account.
    public enum Entry: ~Copyable {
        /// An address and the number that stands for it in this file.
        case address(BareJID, Int64)
        /// A row. Which numbers of its key stand for addresses is said beside it.
        case row(Table, RowKey, KeyAddresses, SecretBytes)
    }

    private let header: ArchiveHeader
    private let key: ArchiveKey
    private let source: (Int) throws(ArchiveError) -> [UInt8]
    private var sealed: [UInt8]
    private var piece = SecretBytes(count: 0)
    private var place = 0
    private var number: UInt64 = 0
    private var isLast = false
    private var addresses: UInt64 = 0
    private var rows: UInt64 = 0

    /// Begins behind the header.
    /// - Parameter source: Gives at most so many bytes; none is the end.
    public init(
        _ header: ArchiveHeader, _ key: consuming ArchiveKey,
        from source: @escaping (Int) throws(ArchiveError) -> [UInt8]
    ) throws(ArchiveError) {
        self.header = header
        self.key = key
        self.source = source
        sealed = []
        sealed = try readSealed()
    }

    /// The account, which stands first.
    public mutating func account() throws(ArchiveError) -> ArchivedAccount {
        guard try byte() == EntryKind.account.rawValue, let provenance = Provenance(number: try byte()) else {
            throw .malformed
        }
        let file = try bytes(ArchivedAccount.nameLength).exposed()
        let made = Timestamp(milliseconds: Int64(bitPattern: try longNumber()))
        return ArchivedAccount(try name(), file: file, from: provenance, made: made)
    }

    /// What comes next; nothing at the end, which is where the file says that it is.
    public mutating func next() throws(ArchiveError) -> Entry? {
        let kind = try byte()
        // what a later version has added
        guard let kind = EntryKind(rawValue: kind) else { throw .newer(version: ArchiveHeader.format) }
        switch kind {
        case .account: throw .malformed
        case .address:
            let number = Int64(bitPattern: try longNumber())
            addresses += 1
            return .address(try name(), number)
        case .row:
            rows += 1
            return try row()
        case .end:
            guard try longNumber() == addresses, try longNumber() == rows, isLast, place == piece.count else {
                throw .malformed
            }
            return nil
        }
    }

    private mutating func row() throws(ArchiveError) -> Entry {
        guard let table = Int(exactly: try longNumber()) else { throw .malformed }
        guard let table = Table(rawValue: table) else { throw .newer(version: ArchiveHeader.format) }
        let named = KeyAddresses(rawValue: try byte())
        let group = Int64(bitPattern: try longNumber())
        let key = RowKey(group, Int64(bitPattern: try longNumber()))
        guard table.travels, named == table.addresses(in: key), let count = Int(exactly: try longNumber()),
            count <= Self.longestRow
        else { throw .malformed }
        return .row(table, key, named, try bytes(count))
    }

    private mutating func name() throws(ArchiveError) -> BareJID {
        guard let count = Int(exactly: try longNumber()), count <= Self.longestName,
            let text = String(validating: try bytes(count).exposed(), as: UTF8.self), let jid = try? BareJID(text)
        else { throw .malformed }
        return jid
    }
}

// MARK: - Pieces

extension ArchiveReader {
    private mutating func byte() throws(ArchiveError) -> UInt8 {
        if place == piece.count { try open() }
        defer { place += 1 }
        return piece.span[place]
    }

    private mutating func longNumber() throws(ArchiveError) -> UInt64 {
        var number: UInt64 = 0
        for _ in 0..<8 { number = number << 8 | UInt64(try byte()) }
        return number
    }

    private mutating func bytes(_ count: Int) throws(ArchiveError) -> SecretBytes {
        var bytes = SecretBytes(count: count)
        var filled = 0
        while filled < count {
            if place == piece.count { try open() }
            let part = min(count - filled, piece.count - place)
            bytes.write(piece.span.extracting(place..<place + part), at: filled)
            place += part
            filled += part
        }
        return bytes
    }

    /// Opens the next piece. It is the last one where nothing is behind it.
    private mutating func open() throws(ArchiveError) {
        guard !isLast else { throw .malformed }
        let following = sealed.count == PieceCipher.sealedLength ? try readSealed() : []
        isLast = following.isEmpty
        piece = try key.open(sealed, header, number: number, isLast: isLast)
        // no writer makes an empty one
        guard piece.count > 0 else { throw .malformed }
        place = 0
        number += 1
        sealed = following
    }

    private func readSealed() throws(ArchiveError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < PieceCipher.sealedLength {
            let part = try source(PieceCipher.sealedLength - bytes.count)
            if part.isEmpty { break }
            bytes += part
        }
        return bytes
    }
}

// Owns plaintexts between their decryption and the moment when somebody has them for good. It must not know who that is.

public import TernCore
internal import TernCrypto
internal import TernRatchet
internal import TernXML

/// Where the plaintext of a message is kept: under a digest of what only this message has.
enum Receipt {
    private static let format: UInt8 = 1

    /// What a plaintext may take. The envelope of a stanza that is written again without prefixes is below it, unless
    /// somebody made it to grow.
    private static let limits = XMLLimits(bytes: 4 << 20, depth: XMLLimits().depth)

    private enum Kind: UInt8 {
        case text = 0
        case elements = 1
    }

    /// The row of a message. Whoever sends the same key bytes again sends the same message; where it was said is part of it,
    /// since the envelope was checked against that.
    static func key(
        of key: [UInt8], of message: EncryptedMessage, from sender: DeviceAddress, _ incoming: Incoming
    ) -> RowKey {
        let place = "\(incoming.recipient.bare)\n\(incoming.room?.description ?? "")"
        var bytes = Array("\(message.version.namespace)\n\(sender.jid)\n\(sender.device)\n\(place)\n".utf8)
        for part in [key, message.payload.bytes] {
            bytes += length(part.count)
            bytes += part
        }
        let digest = SHA256.digest(bytes.span).array
        return RowKey(number(digest[0..<8]), number(digest[8..<16]))
    }

    private static func length(_ count: Int) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
        Int64(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// Keeps a plaintext.
    static func save(
        _ plaintext: Plaintext, under key: RowKey, _ table: Table = .inbox, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        let kind: Kind
        let text: String
        switch plaintext.content {
        case .text(let body):
            kind = .text
            text = body
        case .elements(let elements):
            kind = .elements
            let holder = Element("message", namespace: "jabber:client", elements: elements)
            do throws(XMLError) { text = try holder.serialized() } catch { throw .malformed }
        }
        guard text.utf8.count <= limits.bytes else { throw .limitExceeded }
        let bytes = Array(text.utf8)
        let author = plaintext.author.key?.bytes ?? []
        var writer = RecordWriter(capacity: 64 + author.count + bytes.count)
        writer.write(format)
        writer.write(kind.rawValue)
        writer.write(plaintext.author.trust.number)
        writer.write(counted: author.span)
        writer.write(plaintext.claimedTime != nil)
        if let time = plaintext.claimedTime { writer.write(time) }
        writer.write(counted: bytes.span)
        try transaction.save(writer.finish(), table, key)
    }

    /// The plaintext that is kept under a digest.
    static func load(
        _ key: RowKey, _ table: Table = .inbox, from sender: DeviceAddress,
        in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> Plaintext? {
        guard let row = try transaction.load(table, key) else { return nil }
        do throws(RatchetError) {
            return try read(row.span, sender.jid)
        } catch {
            throw SessionError(error)
        }
    }

    private static func read(_ row: Span<UInt8>, _ jid: BareJID) throws(RatchetError) -> Plaintext {
        var reader = RecordReader(row)
        try reader.format(format)
        guard let kind = Kind(rawValue: try reader.byte()), let trust = Trust(number: try reader.byte())
        else { throw .malformedRecord }
        let key = try? Fingerprint(try reader.counted().array)
        let time = try reader.flag() ? try reader.time() : nil
        guard let text = String(validating: try reader.counted().array, as: UTF8.self) else {
            throw .malformedRecord
        }
        try reader.finish()
        let author = Plaintext.Author(jid, key: key, trust: trust)
        switch kind {
        case .text: return Plaintext(.text(text), by: author, claimedTime: time)
        case .elements:
            guard let holder = try? XMLParser.parse(text, limits: limits) else { throw .malformedRecord }
            return Plaintext(.elements(holder.elements), by: author, claimedTime: time)
        }
    }
}

extension EncryptedMessage.Payload {
    var bytes: [UInt8] {
        switch self {
        case .body(let body): body.ciphertext
        case .envelope(let envelope): envelope.ciphertext
        case .absent: []
        }
    }
}

extension OMEMOMachine {
    /// Forgets the plaintext of a message: its host has it for good.
    public func acknowledge(
        _ receipt: RowKey, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        try transaction.drop(.inbox, receipt)
    }

    /// Plaintexts that nobody has acknowledged.
    public func unacknowledged(in transaction: borrowing some StoreTransaction) throws(SessionError) -> Int {
        try transaction.list(.inbox).count
    }
}

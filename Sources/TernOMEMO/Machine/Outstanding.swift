// Owns what this device still has to send, publish or fetch, until somebody has done it. It must not know how.

public import TernCore
internal import TernCrypto
internal import TernRatchet
internal import TernXML

/// Something that calls gave rise to, beside what they were asked for. It lies in the store until it was taken.
public enum Outstanding: Hashable, Sendable {
    /// A message without content, for another device: an answer to a key exchange.
    case send(Outbound)
    /// A message about keys, for devices whose own are authenticated (XEP-0450). It is encrypted.
    case trustMessage(Outbound)
    /// The device list has changed.
    case publishDeviceList(Version)
    /// The bundle has changed.
    case publishBundle(Version)
    /// The bundle is to be no longer where it was published: this device has left.
    case withdrawBundle(Version)
    /// An account has a device that is not on the list we know.
    case fetchDeviceLists(BareJID)
    /// Something of another scheme is to be published. What has the same place is published once, as it was asked for last.
    case publish(Publication, place: UInt8)
}

extension OMEMOMachine {
    /// Keeps something to be done. What is the same as something that waits already is kept once.
    public func enqueue(_ outstanding: Outstanding, in transaction: inout some StoreTransaction) throws(SessionError) {
        let key: RowKey
        switch outstanding {
        case .publishDeviceList(let version):
            // What nobody has looked at is not overwritten: it is published once it was seen.
            guard try !isUnseen(version, in: transaction) else {
                return try enqueue(.fetchDeviceLists(account), in: &transaction)
            }
            key = .list(version)
        case .publishBundle(let version):
            // who has left publishes nothing
            guard left == nil else { return }
            key = .publishedBundle(version)
        // one row for both: the later word counts
        case .withdrawBundle(let version): key = .publishedBundle(version)
        case .fetchDeviceLists(let jid): key = .fetch(try transaction.name(jid))
        case .publish(_, let place): key = RowKey(OutboxGroup.publication, 32 + Int64(place))
        case .send, .trustMessage:
            key = RowKey(OutboxGroup.message, counters.outbox)
            counters.outbox += 1
        }
        try transaction.save(outstanding.record(), .outbox, key)
        noteEnqueued(key)
    }

    /// How often the thing under a number was asked for since the device was opened. Whoever carries it out removes it only
    /// where this has not changed meanwhile: what was published while a prekey was used is not what is to be published.
    public func revision(of key: RowKey) -> Int { revisions[key, default: 0] }

    /// What is to be done, publications first and messages in their order. The numbers are for ``remove(_:in:)``.
    public func outstanding(
        in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> [(key: RowKey, value: Outstanding)] {
        var found: [(key: RowKey, value: Outstanding)] = []
        for key in try transaction.list(.outbox) {
            guard let row = try transaction.load(.outbox, key) else { throw .store(.damaged) }
            found.append((key, try Outstanding(row.span)))
        }
        return found
    }

    /// Removes what was done.
    public func remove(_ key: RowKey, in transaction: inout some StoreTransaction) throws(SessionError) {
        try transaction.drop(.outbox, key)
        if key.group == OutboxGroup.message { revisions[key] = nil }
    }
}

enum OutboxGroup {
    static let publication: Int64 = 1
    static let fetch = Table.fetches
    static let message: Int64 = 3
}

extension RowKey {
    static func list(_ version: Version) -> RowKey {
        RowKey(OutboxGroup.publication, version.number)
    }

    fileprivate static func publishedBundle(_ version: Version) -> RowKey {
        RowKey(OutboxGroup.publication, 16 + version.number)
    }

    fileprivate static func fetch(_ contact: Int64) -> RowKey {
        RowKey(OutboxGroup.fetch, contact)
    }
}

extension Outstanding {
    private static let format: UInt8 = 1

    private enum Kind: UInt8 {
        case message = 1
        case room = 2
        case publishDeviceList = 3
        case publishBundle = 4
        case fetchDeviceLists = 5
        case trustMessage = 6
        case withdrawBundle = 7
        case text = 8
        case publish = 9
    }

    /// - Throws: ``TernCore/SessionError/malformed`` for an element that XML cannot carry.
    fileprivate func record() throws(SessionError) -> SecretBytes {

        var strings: [String] = []
        var version: Version?
        var kind: Kind
        switch self {
        case .send(let outbound):
            switch outbound.destination {
            case .chat(let jid):
                kind = .message
                strings = [jid.description]
            case .room(let room):
                kind = .room
                strings = [room.description]
            }
            switch outbound.payload {
            case .element(let element): strings.append(try element.text())
            case .body(let body):
                guard kind == .message else { throw .malformed }
                kind = .text
                strings.append(body)
            }
            for each in outbound.companions { strings.append(try each.text()) }
        case .trustMessage(let outbound):
            guard case .chat(let jid) = outbound.destination, case .element(let element) = outbound.payload else {
                throw .malformed
            }
            kind = .trustMessage
            strings = [jid.description]
            for each in [element] + outbound.companions { strings.append(try each.text()) }
        case .publishDeviceList(let which):
            kind = .publishDeviceList
            version = which
        case .publishBundle(let which):
            kind = .publishBundle
            version = which
        case .withdrawBundle(let which):
            kind = .withdrawBundle
            version = which
        case .fetchDeviceLists(let jid):
            kind = .fetchDeviceLists
            strings = [jid.description]
        case .publish(let publication, let place):
            kind = .publish
            strings = [
                publication.node.owner.description, publication.node.name, publication.node.item ?? "",
                publication.access == .everybody ? "" : "own", String(place), try publication.payload.text(),
            ]
        }
        let texts = strings.map { Array($0.utf8) }
        var writer = RecordWriter(capacity: texts.reduce(8) { $0 + $1.count + 4 })
        writer.write(Outstanding.format)
        writer.write(kind.rawValue)
        writer.write(version?.suite.id ?? 0)
        writer.write(UInt32(texts.count))
        for text in texts { writer.write(counted: text.span) }
        return writer.finish()
    }

    fileprivate init(_ record: Span<UInt8>) throws(SessionError) {
        let parts: (kind: UInt8, suite: UInt8, texts: [String])
        do throws(RatchetError) {
            var reader = RecordReader(record)
            try reader.format(Outstanding.format)
            let kind = try reader.byte()
            let suite = try reader.byte()
            var texts: [String] = []
            for _ in 0..<(try reader.number()) {
                guard let text = String(validating: try reader.counted().array, as: UTF8.self) else {
                    throw .malformedRecord
                }
                texts.append(text)
            }
            try reader.finish()
            parts = (kind, suite, texts)
        } catch {
            throw SessionError(error)
        }
        guard let outstanding = Outstanding(parts.kind, Version(suite: parts.suite), parts.texts) else {
            throw .store(.damaged)
        }
        self = outstanding
    }

    private init?(_ kind: UInt8, _ version: Version?, _ texts: [String]) {
        switch (Kind(rawValue: kind), version) {
        case (.publishDeviceList, let version?): self = .publishDeviceList(version)
        case (.publishBundle, let version?): self = .publishBundle(version)
        case (.withdrawBundle, let version?): self = .withdrawBundle(version)
        case (.fetchDeviceLists, nil):
            guard texts.count == 1, let jid = try? BareJID(texts[0]) else { return nil }
            self = .fetchDeviceLists(jid)
        case (.publish, nil):
            guard texts.count == 6, let owner = try? BareJID(texts[0]), let place = UInt8(texts[4]),
                let payload = try? XMLParser.parse(texts[5])
            else { return nil }
            let node = Node(owner, texts[1], item: texts[2].isEmpty ? nil : texts[2])
            let access: Publication.Access = texts[3].isEmpty ? .everybody : .ownerAlone
            self = .publish(Publication(payload, at: node, access: access), place: place)
        case (.text, nil):
            guard texts.count >= 2, let jid = try? JID(texts[0]) else { return nil }
            let elements = texts.dropFirst(2).compactMap { try? XMLParser.parse($0) }
            guard elements.count == texts.count - 2 else { return nil }
            self = .send(Outbound(to: .chat(jid), .body(texts[1]), companions: elements))
        case (.message, nil), (.room, nil), (.trustMessage, nil):
            guard texts.count >= 2, let jid = try? JID(texts[0]) else { return nil }
            let elements = texts.dropFirst().compactMap { try? XMLParser.parse($0) }
            guard elements.count == texts.count - 1, let payload = elements.first else { return nil }
            let outbound = Outbound(
                to: Kind(rawValue: kind) == .room ? .room(jid.bare) : .chat(jid), .element(payload),
                companions: Array(elements.dropFirst()))
            self = Kind(rawValue: kind) == .trustMessage ? .trustMessage(outbound) : .send(outbound)
        default: return nil
        }
    }
}

extension Element {
    fileprivate func text() throws(SessionError) -> String {
        do throws(XMLError) { return try serialized() } catch { throw .malformed }
    }
}

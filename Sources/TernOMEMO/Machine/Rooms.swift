// Owns which rooms there are, and for whom their messages are (XEP-0384 §usecases-muc). It must not know who is there.

public import TernCore
internal import TernCrypto
internal import TernRatchet

extension OMEMOMachine {
    /// The rooms whose members are known.
    public func rooms(in transaction: borrowing some StoreTransaction) throws(SessionError) -> [BareJID] {
        let numbers = Set(try transaction.list(.room).map(\.group))
        guard !numbers.isEmpty else { return [] }
        do throws(StoreError) {
            return try transaction.numbers().filter { numbers.contains($0.number) }.map(\.jid).sorted()
        } catch {
            throw .store(error)
        }
    }

    /// Who belongs to a room, by the accounts; none where nothing is known of it.
    public func members(
        of room: BareJID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> [RoomMember]? {
        guard let known = try known(room, in: transaction) else { return nil }
        return known.members.map { RoomMember($0.key, $0.value) }.sorted { $0.jid < $1.jid }
    }

    /// Takes what a room says of its members.
    /// - Parameter isWhole: Whether these are all of them, from all of its lists: whoever is not among them is a member no
    ///   more. Otherwise only what is said of them changes.
    /// - Throws: ``TernCore/SessionError/limitExceeded`` for more than any room has: then nothing has changed.
    public func learn(
        _ members: [RoomMember], of room: BareJID, isWhole: Bool, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        var known = KnownRoom(updated: now)
        if !isWhole, let before = try self.known(room, in: transaction) { known = before }
        known.updated = now
        for member in members { known.note(member) }
        guard known.members.count <= KnownRoom.limit else { throw .limitExceeded }
        try transaction.save(known.record, .room, RowKey(try transaction.name(room)))
    }

    /// Forgets a room. What is known of its members stays.
    public func forget(room: BareJID, in transaction: inout some StoreTransaction) throws(SessionError) {
        guard let number = try transaction.find(room) else { return }
        try transaction.drop(.room, RowKey(number))
        // it may be a contact, too
        guard try hasNoRows(number, in: transaction) else { return }
        cache.drop(room)
        do throws(StoreError) { try transaction.removeNumber(of: room) } catch { throw .store(error) }
    }

    private func hasNoRows(
        _ number: Int64, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> Bool {
        for table in [Table.contact, .bundle, .deviceList, .device] {
            guard try transaction.list(table, in: number).isEmpty else { return false }
        }
        return true
    }

    private func known(
        _ room: BareJID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> KnownRoom? {
        guard let number = try transaction.find(room), let row = try transaction.load(.room, RowKey(number)) else {
            return nil
        }
        do throws(RatchetError) { return try KnownRoom(row.span) } catch { throw SessionError(error) }
    }
}

// MARK: - Occupants whose account is not known

extension OMEMOMachine {
    /// Decrypts what an occupant wrote whose account is not known, as in an archive or where a presence was lost.
    ///
    /// It is the account among the members with such a device whose session opens the message. A device whose key is not
    /// known proves nothing: anybody in the room can name its number.
    func decrypt(
        _ messages: [EncryptedMessage], ofUnknownIn room: BareJID, _ incoming: Incoming, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> Decryption {
        let senders = Set(messages.map(\.sender))
        var accounts = try members(of: room, in: transaction)?.map(\.jid) ?? []
        if !accounts.contains(account) { accounts.append(account) }
        var (failure, isKnown) = (SessionError.notForThisDevice, false)
        for jid in accounts {
            guard let contact = try cache.contact(jid, in: transaction),
                senders.contains(where: { contact.device($0) != nil || (jid == account && $0 == own.id) })
            else { continue }
            let named = Incoming(
                incoming.payload, from: JID(jid), to: incoming.recipient, room: room, id: incoming.id,
                origin: incoming.origin)
            do throws(SessionError) {
                return try decrypt(messages, named, at: now, in: &transaction)
            } catch .untrusted {
                // another key under the same number: somebody else's device, or a change that its owner has to show
                continue
            } catch {
                isKnown = true
                try failure.give(way: error)
            }
        }
        throw isKnown ? failure : .noSession
    }
}

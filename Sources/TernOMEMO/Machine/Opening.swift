// Owns the second half of receiving: what is checked before a message counts, and what a message that counts changes.
// It must not know how its session was found.

package import TernCore
internal import TernCrypto
internal import TernRatchet
internal import TernXML

/// A message on its way through the checks.
struct Arrival {
    let key: EncryptedKey
    let message: EncryptedMessage
    let incoming: Incoming
    let sender: DeviceAddress
}

/// A message whose every check has passed. Nothing has changed yet.
struct CheckedMessage: ~Copyable {
    let opened: Opened
    let content: Content?
    let claimedTime: Timestamp?

    consuming func takeOpened() -> Opened { opened }
}

extension OMEMOMachine {
    /// Opens a message with a session, and its payload with what it carries. Nothing changes.
    func open(
        _ bytes: [UInt8], _ arrival: Arrival, on session: LiveSession, at now: Timestamp
    ) throws(SessionError) -> CheckedMessage {
        let opened: Opened
        do throws(RatchetError) {
            opened = try session.version.open(bytes.span, with: session.ratchet)
        } catch {
            throw SessionError(error)
        }
        switch arrival.message.payload {
        case .absent:
            try EmptyContent.check(opened.plaintext, session.version)
            return CheckedMessage(opened: opened, content: nil, claimedTime: nil)
        case .body(let payload):
            let text = try payload.open(with: opened.plaintext)
            return CheckedMessage(opened: opened, content: .text(text), claimedTime: nil)
        case .envelope(let payload):
            let document = try payload.open(with: opened.plaintext)
            let envelope = try Envelope(document.span)
            // A copy of what another device of this account sent went to somebody else.
            let recipient = arrival.sender.jid == account ? arrival.incoming.recipient.bare : account
            try envelope.check(
                sender: arrival.sender.jid, recipient: recipient, room: arrival.incoming.room, now: now)
            return CheckedMessage(opened: opened, content: envelope.content, claimedTime: envelope.time)
        }
    }

    /// Makes a message part of its session, in the transaction, and keeps its plaintext there.
    func accept(
        _ checked: consuming CheckedMessage, _ arrival: Arrival, on session: LiveSession, of device: KnownDevice,
        _ receipt: RowKey, isNew: Bool = false, _ earlier: [Event] = [], at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> Decryption {
        cache.touch(device.address.jid)
        var events = earlier
        let (content, claimedTime) = (checked.content, checked.claimedTime)
        let committed = session.ratchet.commit(checked.takeOpened())
        var isCold = isNew
        if session.isPending {
            session.isPending = false
            isCold = true
        }
        // one that nothing is sent on never becomes the live one
        if !isNew, session.ratchet.canSend, isOutOfTurn(session, of: device) {
            isCold = true
            if try hasTakenOver(session, from: device, in: transaction) {
                session.strikes = 0
                try device.promote(session, in: &transaction)
                events.append(.device(device.address, .sessionReplaced(session.version.scheme)))
            } else {
                session.strikes += 1
            }
        }
        try session.save(committed.changes, cold: isCold, in: &transaction)
        if device.address.jid == account { try noteSign(of: device.address.device, at: now, in: &transaction) }
        var replies: [Outbound] = []
        if committed.moved?.contains(Heartbeat.number) == true, left == nil, session.ratchet.canSend,
            !isOutOfTurn(session, of: device)
        {
            replies.append(try empty(for: device, on: session, at: now, in: &transaction))
        }
        try noteOptOut(content, of: device, arrival, &events, in: &transaction)
        let heard = try heed(
            content, of: device, arrival, claimedTime: claimedTime, at: now, &events, in: &transaction)
        var plaintext: Plaintext?
        if let content = heard {
            let author = Plaintext.Author(device.address.jid, key: device.fingerprint, trust: device.record.trust)
            let read = Plaintext(content, by: author, claimedTime: claimedTime)
            try Receipt.save(read, under: receipt, in: &transaction)
            plaintext = read
        }
        return Decryption(
            plaintext: plaintext, sender: device.address, version: session.version,
            receipt: plaintext == nil ? nil : receipt, isRepeated: false, replies: replies,
            events: events)
    }
}

/// When this device says something so that the other side's ratchet turns (XEP-0384 §rules).
enum Heartbeat {
    /// The first message of a chain with this number or a higher one is answered: by the one that moves over it.
    static let number: UInt32 = 53
}

// MARK: - Which session is sent on

// Two devices that start at the same time have two sessions. Both prefer the one whose ephemeral key is the smaller number,
// so that they meet. A device that has but one session, or follows whatever came last, may insist on the other: the
// second message on it settles that too. Where a session was in use and one side has begun another, what still comes on the
// older one was under way: it takes many messages to bring it back.
extension OMEMOMachine {
    /// Gives a session that was just answered its place.
    /// - Returns: Whether messages are sent on it.
    func settle(
        _ session: LiveSession, of device: KnownDevice, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> Bool {
        let live = try device.liveSession(session.version, of: own, in: transaction)
        if let live, live.isPending, live.origin.precedes(session.origin) {
            // The message at hand is the first one on it.
            session.strikes = 1
            try device.archive(session, in: &transaction)
            return false
        }
        if let live, !live.isPending {
            live.strikes = LiveSession.replaced
            try live.saveCold(in: &transaction)
        }
        try device.promote(session, in: &transaction)
        return true
    }

    /// Whether a message on a session that is not the live one says that the other side uses it.
    private func hasTakenOver(
        _ session: LiveSession, from device: KnownDevice, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> Bool {
        guard session.strikes < LiveSession.replaced else {
            return session.strikes >= LiveSession.replaced + LiveSession.many
        }
        if session.strikes > 0 { return true }
        return try precedes(session, of: device, in: transaction)
    }

    private func isOutOfTurn(_ session: LiveSession, of device: KnownDevice) -> Bool {
        device.record.sessions[session.version.place].first != session.number
    }

    private func precedes(
        _ session: LiveSession, of device: KnownDevice, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> Bool {
        guard let live = try device.liveSession(session.version, of: own, in: transaction) else { return true }
        return session.origin.precedes(live.origin)
    }
}

extension OMEMOMachine {
    /// The ephemeral key that began the session that is sent on: equal on both sides where they mean the same session.
    package func liveExchange(
        _ version: Version, with address: DeviceAddress, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> [UInt8]? {
        let device = try cache.contact(address.jid, in: transaction)?.device(address.device)
        return try device?.liveSession(version, of: own, in: transaction)?.origin.ephemeralKey.bytes.array
    }
}

extension LiveSession.Origin {
    /// The order of two sessions, the same on both sides.
    fileprivate func precedes(_ other: Self) -> Bool {
        ephemeralKey.bytes.array.lexicographicallyPrecedes(other.ephemeralKey.bytes.array)
    }
}

extension SessionError {
    /// How much an error says about a message, where several keys or sessions were tried: what one of them knows for
    /// certain counts more than that the others cannot read it.
    var rank: Int {
        switch self {
        case .duplicate: 5
        case .materialMissing: 4
        case .tooFarAhead: 3
        case .untrusted: 2
        case .notForThisDevice: -1
        case .noSession: 0
        default: 1
        }
    }

    /// Takes the place of this error where `other` says more.
    /// - Throws: `other` where it is no property of the message: then nothing else is to be tried.
    mutating func give(way other: SessionError) throws(SessionError) {
        guard other.fault != .environment else { throw other }
        if other.rank > rank { self = other }
    }
}

// Owns how a message is decrypted: which session opens it, what is checked, and what follows. It must not know how it came.

public import TernCore
internal import TernCrypto
internal import TernRatchet

/// A message that was decrypted.
public struct Decryption: Sendable {
    /// What it says; none for a message without content.
    public let plaintext: Plaintext?
    /// The device that wrote it.
    public let sender: DeviceAddress
    /// The version that it came in.
    public let version: Version
    /// Under what the plaintext is kept until it is acknowledged; none where there is none.
    public let receipt: RowKey?
    /// Whether it was decrypted before, and not acknowledged.
    public let isRepeated: Bool
    /// To be sent: the answer to a key exchange. It says nothing, and may get lost.
    public let replies: [Outbound]
    /// What else happened.
    public let events: [Event]
}

extension Decryption {
    /// The same, and something more that happened.
    public func telling(_ more: [Event]) -> Decryption {
        Decryption(
            plaintext: plaintext, sender: sender, version: version, receipt: receipt, isRepeated: isRepeated,
            replies: replies, events: more + events)
    }

    fileprivate func replying(_ reply: Outbound) -> Decryption {
        Decryption(
            plaintext: plaintext, sender: sender, version: version, receipt: receipt, isRepeated: isRepeated,
            replies: replies + [reply], events: events)
    }
}

extension OMEMOMachine {
    /// Decrypts a message of OMEMO.
    ///
    /// The plaintext is kept in the same transaction until ``acknowledge(_:in:)``: who asks again for the same message
    /// gets it again, also after a crash.
    /// - Parameters:
    ///   - messages: The message, in each version that it came in. This device reads the newest that has a key for it.
    ///   - incoming: How it came; its sender decides whose session opens it. Where it is an occupant of the room, whose account
    ///     is not known, it is looked for among the room's members.
    /// - Throws: What the ratchet refuses, ``TernCore/SessionError/untrusted``, ``TernCore/SessionError/notForThisDevice``,
    ///   ``TernCore/SessionError/noSession``, ``TernCore/SessionError/materialMissing``,
    ///   ``TernCore/SessionError/malformed``.
    public func decrypt(
        _ messages: [EncryptedMessage], _ incoming: Incoming, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> Decryption {
        if let room = incoming.room, incoming.sender.bare == room {
            return try decrypt(messages, ofUnknownIn: room, incoming, at: now, in: &transaction)
        }
        var failure = SessionError.notForThisDevice
        for version in [Version.v2, .v03] {
            for message in messages where message.version == version {
                do throws(SessionError) {
                    return try decrypt(message, incoming, at: now, in: &transaction)
                } catch .notForThisDevice {
                    continue
                } catch {
                    try failure.give(way: error)
                }
            }
        }
        throw failure
    }

    private func decrypt(
        _ message: EncryptedMessage, _ incoming: Incoming, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> Decryption {
        let sender = DeviceAddress(incoming.sender.bare, message.sender)
        guard sender != address else { return try reflected(message, incoming, in: &transaction) }
        let candidates = try message.keys(for: address)
        var failure = SessionError.notForThisDevice
        for key in candidates {
            // Where two accounts have devices of the same number, OMEMO 0.3 does not say whose key is whose.
            do throws(SessionError) {
                return try decrypt(key, of: message, from: sender, incoming, at: now, in: &transaction)
            } catch {
                try failure.give(way: error)
            }
        }
        throw failure
    }

    private func decrypt(
        _ key: EncryptedKey, of message: EncryptedMessage, from sender: DeviceAddress, _ incoming: Incoming,
        at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> Decryption {
        let keyBytes = try key.bytes()
        let receipt = Receipt.key(of: keyBytes, of: message, from: sender, incoming)
        if let kept = try Receipt.load(receipt, from: sender, in: transaction) {
            return Decryption(
                plaintext: kept, sender: sender, version: message.version, receipt: receipt, isRepeated: true,
                replies: [], events: [])
        }
        let contact = try cache.contact(sender.jid, in: transaction)
        let device = contact?.device(sender.device)
        if device?.record.trust == .distrusted { throw .untrusted }
        let arrival = Arrival(key: key, message: message, incoming: incoming, sender: sender)
        guard key.isKeyExchange else {
            guard let device else { throw .noSession }
            return try decrypt(arrival, bytes: keyBytes, from: device, receipt, at: now, in: &transaction)
        }
        let (exchange, bytes) = try OMEMOMachine.decode(
            keyBytes, message.version, known: device?.record.key(in: message.version))
        if let device {
            guard device.record.hasKey(exchange.identity, message.version) else { throw .untrusted }
            for number in device.record.sessions[message.version.place] {
                let session = try device.session(number, of: own, in: transaction)
                guard session.origin == LiveSession.Origin(exchange) else { continue }
                let opened = try open(bytes, arrival, on: session, at: now)
                return try accept(opened, arrival, on: session, of: device, receipt, at: now, in: &transaction)
            }
        }
        return try answer(exchange, bytes, arrival, receipt, at: now, in: &transaction)
    }

    /// Tries the sessions with a device, the live one first.
    private func decrypt(
        _ arrival: Arrival, bytes: [UInt8], from device: KnownDevice, _ receipt: RowKey, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> Decryption {
        var failure = SessionError.noSession
        for number in device.record.sessions[arrival.message.version.place] {
            let session = try device.session(number, of: own, in: transaction)
            do throws(SessionError) {
                let opened = try open(bytes, arrival, on: session, at: now)
                return try accept(opened, arrival, on: session, of: device, receipt, at: now, in: &transaction)
            } catch {
                try failure.give(way: error)
            }
        }
        throw failure
    }

    /// Answers a key exchange. The session exists only once it has opened the message.
    private func answer(
        _ exchange: KeyExchange, _ bytes: [UInt8], _ arrival: Arrival, _ receipt: RowKey, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> Decryption {
        let version = arrival.message.version
        guard
            let signed = try storedPreKey(.signedPreKey, exchange.signedPreKeyID, version, in: transaction),
            let oneTime = try oneTimePreKey(exchange.preKeyID, version, in: transaction)
        else { throw .materialMissing }
        let session: LiveSession
        do throws(RatchetError) {
            let ratchet = try X3DH.respond(
                to: exchange, identity: own.identity, signedPreKey: signed.pair, preKey: oneTime.pair,
                suite: version.suite)
            session = LiveSession(
                counters.session, version, LiveSession.Origin(exchange), isPending: false, began: now, ratchet: ratchet)
        } catch {
            throw SessionError(error)
        }
        let opened = try open(bytes, arrival, on: session, at: now)
        counters.session += 1
        let contact = try cache.changing(arrival.sender.jid, in: &transaction)
        var events: [Event] = []
        let device = try remember(
            exchange.identity, arrival.sender.device, of: contact, version, at: now, &events, in: &transaction)
        try usePreKey(exchange.preKeyID, version, at: now, in: &transaction)
        let isLive = try settle(session, of: device, in: &transaction)
        events.append(.device(device.address, .sessionStarted(version.scheme)))
        let decryption = try accept(
            opened, arrival, on: session, of: device, receipt, isNew: true, events, at: now, in: &transaction)
        if contact.list(version)?.devices.contains(device.address.device) != true {
            try enqueue(.fetchDeviceLists(contact.jid), in: &transaction)
        }
        guard isLive, left == nil, upkeep.answersKeyExchanges, decryption.replies.isEmpty else { return decryption }
        return decryption.replying(try empty(for: device, on: session, at: now, in: &transaction))
    }

    private static func decode(
        _ bytes: [UInt8], _ version: Version, known: IdentityPublicKey?
    ) throws(SessionError) -> (exchange: KeyExchange, message: [UInt8]) {
        do throws(RatchetError) {
            return try KeyExchangeElement.decode(bytes, version, known: known)
        } catch {
            throw SessionError(error)
        }
    }
}

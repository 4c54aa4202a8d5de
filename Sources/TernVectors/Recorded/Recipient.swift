// Owns receiving at a replayed device: which session a message belongs to, and what it would do there.

internal import TernCrypto
internal import TernOMEMO
internal import TernRatchet

/// A device that a message arrives at, with the session it has.
struct Recipient {
    let device: RecordedDevice
    let version: Version
    let session: ReplaySession?

    /// Decrypts a `<key>` element. Nothing changes before the result is committed.
    func open(
        _ element: [UInt8], isKeyExchange: Bool, _ identity: borrowing IdentityKeyPair
    ) throws(RatchetError) -> Arrived {
        guard isKeyExchange else {
            guard let session else { throw .tooEarly }
            return Arrived(
                session: session, opened: try version.open(element.span, with: session.ratchet), isNew: false)
        }
        let (exchange, message) = try KeyExchangeElement.decode(element, version)
        // a key exchange is repeated until it is answered: the session that it began is there already
        if let session, session.exchange == exchange {
            return Arrived(
                session: session, opened: try version.open(message.span, with: session.ratchet), isNew: false)
        }
        let candidate = try respond(to: exchange, identity)
        return Arrived(
            session: candidate, opened: try version.open(message.span, with: candidate.ratchet), isNew: true)
    }

    private func respond(
        to exchange: KeyExchange, _ identity: borrowing IdentityKeyPair
    ) throws(RatchetError) -> ReplaySession {
        guard exchange.signedPreKeyID == device.signedPreKey.id,
            let key = device.preKeys.first(where: { $0.id == exchange.preKeyID }),
            let signedPreKey = try? device.pair(device.signedPreKey), let preKey = try? device.pair(key)
        else { throw .malformed }
        let ratchet = try X3DH.respond(
            to: exchange, identity: identity, signedPreKey: signedPreKey, preKey: preKey, suite: version.suite)
        return ReplaySession(ratchet, exchange, pendingKey: nil)
    }
}

/// A message that a session has opened and not yet taken in.
struct Arrived: ~Copyable {
    let session: ReplaySession
    let opened: Opened
    let isNew: Bool

    /// Makes it part of the session.
    /// - Parameter pendingKey: The key for the turn that this message began, where it began one.
    consuming func commit(pendingKey: [UInt8]?) -> ReplaySession {
        let session = session
        _ = session.ratchet.commit(opened)
        if let pendingKey { session.pendingKey = pendingKey }
        return session
    }
}

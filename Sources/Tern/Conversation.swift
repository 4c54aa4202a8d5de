// Owns what people do in a conversation: say something, read what was said. It must not know how it is encrypted, nor who
// carries stanzas.

public import TernCore
internal import TernOMEMO
public import TernXML

/// Who a conversation is with.
public enum Partner: Hashable, Sendable {
    /// An account, all of its devices.
    case account(BareJID)
    /// A room, by the accounts of its members; without any, those that are known to belong to it.
    case room(BareJID, members: [BareJID])
}

/// A conversation of an account over a network.
public struct Conversation<Storage: Store>: Sendable {
    private let account: Account<Storage>
    private let network: any Network

    /// Who it is with.
    public let partner: Partner

    init(_ account: Account<Storage>, _ partner: Partner, _ network: any Network) {
        self.account = account
        self.partner = partner
        self.network = network
    }

    /// Says something: fetches what is missing, encrypts, sends.
    /// - Returns: What is to be known of the devices that it goes to. It returns when the network has taken it, or when it
    ///   waits in the store because the network did not: ``Account/carryOut(over:at:)`` sends it then.
    /// - Throws: Why nothing was sent.
    @discardableResult
    public func send(_ content: Content, at now: Timestamp = .now) async throws(SessionError) -> [Event] {
        try await account.send(content, to: partner, over: network, at: now)
    }

    /// Says something.
    @discardableResult
    public func send(_ text: String, at now: Timestamp = .now) async throws(SessionError) -> [Event] {
        try await send(.text(text), at: now)
    }

    /// Reads a stanza of this conversation. Its plaintext stays in the store until it is acknowledged: until then the same
    /// stanza gives it again.
    /// - Parameter sender: The account behind an occupant of a room.
    /// - Throws: What ``Account/read(_:from:in:over:at:)`` does.
    public func read(
        _ stanza: Element, from sender: BareJID? = nil, at now: Timestamp = .now
    ) async throws(SessionError) -> Message<Storage> {
        var room: BareJID?
        if case .room(let jid, _) = partner { room = jid }
        return try await account.read(stanza, from: sender, in: room, over: network, at: now)
    }
}

/// A message that was read.
public struct Message<Storage: Store>: Sendable {
    /// What it says, and who wrote it; none where it says nothing.
    public let plaintext: Plaintext?
    /// What else happened.
    public let events: [Event]
    let account: Account<Storage>
    let receipt: RowKey?

    /// The text that a person reads.
    public var text: String? { plaintext?.content.text }

    /// Forgets it: its reader has it for good.
    /// - Throws: ``TernCore/SessionError/store(_:)``.
    public func acknowledge() async throws(SessionError) {
        if let receipt { try await account.acknowledge([receipt]) }
    }
}

extension Account {
    /// A conversation with somebody, or in a room.
    public nonisolated func conversation(with partner: Partner, over network: any Network) -> Conversation<Storage> {
        Conversation(self, partner, network)
    }

    /// A conversation with somebody.
    public nonisolated func conversation(with jid: BareJID, over network: any Network) -> Conversation<Storage> {
        Conversation(self, .account(jid), network)
    }

    /// Reads a stanza that somebody sent, and carries out what follows from it.
    /// - Parameters:
    ///   - sender: The account behind an occupant of a room, where it is known; who else it was, the stanza says.
    ///   - room: The room that it came through.
    /// - Throws: What ``TernOMEMO/OMEMOMachine/decrypt(_:_:at:in:)`` does; ``TernCore/SessionError/misuse`` for a stanza that
    ///   does not say who sent it.
    public func read(
        _ stanza: Element, from sender: BareJID? = nil, in room: BareJID? = nil, over network: any Network,
        at now: Timestamp = .now
    ) async throws(SessionError) -> Message<Storage> {
        let message = try MessageStanza(stanza)
        guard (room != nil) == (message.kind == .groupchat), message.from?.bare == room ?? message.from?.bare,
            let author = room == nil ? message.from : sender.map({ JID($0) }) ?? message.from
        else { throw .misuse }
        let incoming = Incoming(
            .element(stanza), from: author, to: message.to ?? JID(jid), room: room, id: message.id)
        guard let result = try decrypt([(message.encrypted, incoming)], at: now).first else { throw .misuse }
        let decryption = try result.get()
        try await carryOut(over: network, at: now)
        return Message(
            plaintext: decryption.plaintext, events: decryption.events, account: self, receipt: decryption.receipt)
    }

    fileprivate func send(
        _ content: Content, to partner: Partner, over network: any Network, at now: Timestamp
    ) async throws(SessionError) -> [Event] {
        let exchange = exchange(with: partner)
        let outcome = try await perform(on: exchange, over: network, at: now) { session throws(SessionError) in
            try session.encrypt(content, at: now)
        }
        if exchange.isIdle { exchanges[partner] = nil }
        if let failure = outcome.failure { throw failure }
        for outbound in outcome.unsent { try enqueue(.send(outbound)) }
        try await carryOut(over: network, at: now)
        return outcome.events
    }

    private func exchange(with partner: Partner) -> Exchange {
        if let known = exchanges[partner] { return known }
        let session =
            switch partner {
            case .account(let jid): OMEMOSession(engine, with: .account(jid))
            case .room(let room, let members): OMEMOSession(engine, with: .room(room, members: members))
            }
        let exchange = Exchange(session)
        exchanges[partner] = exchange
        return exchange
    }

    private func enqueue(_ outstanding: Outstanding) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.enqueue(outstanding, in: &transaction)
        }
    }
}

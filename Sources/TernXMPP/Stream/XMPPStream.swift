// Owns a client's end of one stream, from its first byte to its last, without a socket: bytes and calls in, events out. It must not
// know about time, nor what stanzas say.

public import TernCore
public import TernCrypto
public import TernXML

/// A stream (RFC 6120), as far as its two ends agree on TLS, a login, an address and who has which stanza.
///
/// It is confined to whoever holds it. After ``StreamEvent/ended(_:)`` it does nothing more.
public final class XMPPStream {
    let settings: StreamSettings
    /// Who has which stanza, over all the connections of a session.
    public internal(set) var acknowledgements: Acknowledgements
    /// The address of a session that is resumed: the server says it only once.
    public internal(set) var address: JID?
    var entropy: any Entropy
    var state = State.idle
    var reader: XMLStreamReader?
    var events: [StreamEvent] = []
    /// What binds a login to the TLS below, where that is known.
    var bindings: [ChannelBinding] = []
    var offer = LoginOffer()

    enum State {
        case idle
        /// Features are to come, with so much behind us.
        case opening(Stage)
        case awaitingProceed
        case awaitingTLS
        /// What the server offers is used once the account is there.
        case registering(Registration, features: Element)
        case loggingIn(SCRAM, LoginMechanism)
        /// The password was sent.
        case loggingInPlainly
        case resuming
        case binding(countsStanzas: Bool)
        /// What was not confirmed when its session ended is given back once the new one has begun.
        case enabling(unsent: [Element])
        case established
        case ended

        enum Stage { case bare, secured, authenticated }
        enum Registration { case form, account }
    }

    /// - Parameter before: The stream before, to go on with its session.
    public init(
        _ settings: StreamSettings, after before: XMPPStream? = nil, entropy: any Entropy = SystemEntropy()
    ) {
        self.settings = settings
        acknowledgements = before?.acknowledgements ?? Acknowledgements()
        address = before?.address
        self.entropy = entropy
    }

    /// The socket is connected, without TLS.
    public func begin() -> [StreamEvent] {
        perform { () throws(StreamError) in try open(.bare) }
    }

    /// TLS has begun, with the server's certificate checked.
    /// - Parameter bindings: What binds a login to it, the best first.
    public func secured(by bindings: [ChannelBinding]) -> [StreamEvent] {
        perform { () throws(StreamError) in
            switch state {
            case .idle, .awaitingTLS: break
            default: throw .unexpected
            }
            self.bindings = bindings
            try open(.secured)
        }
    }

    /// Bytes have come.
    public func receive(_ bytes: Span<UInt8>) -> [StreamEvent] {
        perform { () throws(StreamError) in
            if case .awaitingTLS = state { throw .injected }
            guard let reader else { return }
            let pieces: [XMLStreamReader.Piece]
            do throws(XMLError) { pieces = try reader.feed(bytes) } catch { throw StreamError(error) }
            for piece in pieces {
                if case .ended = state { return }
                // what comes in one piece with the server's word that TLS begins was never under TLS
                if case .awaitingTLS = state { throw .injected }
                try take(piece)
            }
            // and so was the beginning of something
            if case .awaitingTLS = state, bytes.count > 0, bytes[bytes.count - 1] != UInt8(ascii: ">") {
                throw .injected
            }
        }
    }

    /// Sends a stanza.
    /// - Throws: ``TernXML/XMLError`` for what XML cannot carry: then nothing has changed.
    public func send(_ stanza: Element) throws(XMLError) -> [StreamEvent] {
        let text = try stanza.serialized(in: XMPPNamespace.client)
        return perform { () throws(StreamError) in
            guard case .established = state else { throw .unexpected }
            write(text)
            guard isManaged else { return }
            try acknowledgements.append(stanza)
            // one question for many answers
            if acknowledgements.unconfirmed.count % XMPPStream.questionEvery == 1 { ask() }
        }
    }

    /// One of the server's stanzas was handled for good: it need not be sent again.
    public func handled() {
        acknowledgements.handle()
    }

    /// Ends the stream. The session ends with it.
    public func close() -> [StreamEvent] {
        perform { () throws(StreamError) in
            if isManaged { acknowledge() }
            end(nil)
        }
    }

    /// Whether the server counts stanzas.
    var isManaged = false

    private static let questionEvery = 16
}

// MARK: - What comes

extension XMPPStream {
    /// Does something, and ends the stream where it fails.
    func perform(_ body: () throws(StreamError) -> Void) -> [StreamEvent] {
        do throws(StreamError) { try body() } catch { end(error) }
        defer { events = [] }
        return events
    }

    private func take(_ piece: XMLStreamReader.Piece) throws(StreamError) {
        switch piece {
        case .header(let header):
            guard header.matches("stream", XMPPNamespace.stream) else { throw .unexpected }
        case .end:
            end(nil)
        case .stanza(let element) where element.matches("error", XMPPNamespace.stream):
            throw .ended(condition: XMPPStream.condition(of: element, in: XMPPNamespace.streamErrors))
        case .stanza(let element):
            try take(element)
        }
    }

    private func take(_ element: Element) throws(StreamError) {
        switch state {
        case .opening(let stage):
            guard element.matches("features", XMPPNamespace.stream) else { throw .unexpected }
            try take(features: element, stage)
        case .awaitingProceed:
            guard element.matches("proceed", XMPPNamespace.tls) else { throw .notEncrypted }
            state = .awaitingTLS
            reader = nil
            events.append(.beginTLS)
        case .registering(let step, let features): try take(registration: element, step, features)
        case .loggingIn(let scram, let mechanism): try take(login: element, scram, mechanism)
        case .loggingInPlainly: try take(login: element)
        case .resuming: try take(resumption: element)
        case .binding(let countsStanzas): try take(binding: element, countsStanzas: countsStanzas)
        case .enabling(let unsent): try take(enabling: element, unsent)
        case .established: try take(established: element)
        case .idle, .awaitingTLS, .ended: throw .unexpected
        }
    }

    private func take(features: Element, _ stage: State.Stage) throws(StreamError) {
        switch stage {
        case .bare:
            guard features.first("starttls", namespace: XMPPNamespace.tls) != nil else { throw .notEncrypted }
            write("<starttls xmlns='\(XMPPNamespace.tls)'/>")
            state = .awaitingProceed
        case .secured where settings.registers:
            state = .registering(.form, features: features)
            request("form", "get", Element("query", namespace: XMPPNamespace.registration))
        case .secured:
            try logIn(features)
        case .authenticated:
            let countsStanzas = features.first("sm", namespace: XMPPNamespace.management) != nil
            if let previous = acknowledgements.resumption, countsStanzas {
                var resume = Element("resume", namespace: XMPPNamespace.management)
                resume["previd"] = previous
                resume["h"] = "\(acknowledgements.handled)"
                try write(resume)
                state = .resuming
            } else {
                bind(countsStanzas: countsStanzas)
            }
        }
    }

    private func take(established element: Element) throws(StreamError) {
        guard element.namespace == XMPPNamespace.management else { return try give(element) }
        switch element.name {
        case "r": acknowledge()
        case "a":
            let confirmed = try acknowledgements.confirm(try XMPPStream.count(element))
            if !confirmed.isEmpty { events.append(.confirmed(confirmed)) }
        default: throw .unexpected
        }
    }

    /// Gives out a stanza.
    func give(_ element: Element) throws(StreamError) {
        guard element.namespace == XMPPNamespace.client, ["message", "presence", "iq"].contains(element.name) else {
            throw .unexpected
        }
        events.append(.stanza(element))
    }

    static func count(_ element: Element) throws(StreamError) -> UInt32 {
        guard let text = element["h"], let count = UInt32(text) else { throw .unexpected }
        return count
    }

    /// The name of an error, where it is one that looks like a registered one.
    static func condition(of element: Element, in namespace: String) -> String {
        let name = element.elements.first { $0.namespace == namespace && $0.name != "text" }?.name ?? ""
        let isPlain = (1...40).contains(name.utf8.count) && name.utf8.allSatisfy { (97...122).contains($0) || $0 == 45 }
        return isPlain ? name : "undefined-condition"
    }
}

// MARK: - What goes

extension XMPPStream {
    func write(_ text: String) { events.append(.write(Array(text.utf8))) }

    func write(_ element: Element) throws(StreamError) {
        do throws(XMLError) { write(try element.serialized()) } catch { throw .unexpected }
    }

    /// Asks the server, by an `iq` to itself.
    func request(_ id: String, _ type: String, _ payload: Element) {
        let iq = Element(
            "iq", namespace: XMPPNamespace.client, attributes: ["id": "tern-\(id)", "type": type], elements: [payload])
        guard let text = try? iq.serialized(in: XMPPNamespace.client) else { return }
        write(text)
    }

    private func ask() { write("<r xmlns='\(XMPPNamespace.management)'/>") }

    private func acknowledge() {
        write("<a xmlns='\(XMPPNamespace.management)' h='\(acknowledgements.handled)'/>")
    }

    /// Begins a stream, or begins it anew: what was said before counts no more (RFC 6120 §4.3.3).
    func open(_ stage: State.Stage) throws(StreamError) {
        do throws(XMLError) {
            reader = try XMLStreamReader()
            // Who connects is nobody's business before TLS.
            var header = Element("stream", namespace: XMPPNamespace.client)
            header["to"] = settings.account.domain
            let domain = try header.serialized(in: XMPPNamespace.client).dropFirst("<stream".count).dropLast(2)
            write(
                "<?xml version='1.0'?><stream:stream xmlns='\(XMPPNamespace.client)' xmlns:stream='\(XMPPNamespace.stream)'"
                    + " version='1.0'\(domain)>")
        } catch {
            throw .unexpected
        }
        state = .opening(stage)
    }

    func end(_ error: StreamError?) {
        if case .ended = state { return }
        // an attacker in between is told nothing
        if case .awaitingTLS = state {} else if reader != nil { write("</stream:stream>") }
        state = .ended
        reader = nil
        events.append(.ended(error))
    }

    func beReady(isResumed: Bool, unsent: [Element] = []) throws(StreamError) {
        guard let address else { throw .unexpected }
        state = .established
        events.append(.ready(address, isResumed: isResumed, unsent: unsent))
    }
}

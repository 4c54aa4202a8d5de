// Owns that a stream goes as RFC 6120 and XEP-0198 say, and that nothing is told to whoever bends it. The servers here are lines of XML.

import Testing

import TernCore
import TernCrypto
import TernXML
@testable import TernXMPP

@Suite struct XMPPStreamTests {
    private static let header =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'>"
    private static let startTLS =
        "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"
    private static let proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

    /// What a stream did.
    private struct Log {
        var written = ""
        var hasBegunTLS = false
        var error: StreamError??
        var ready: [(JID, isResumed: Bool, unsent: [Element])] = []
        var stanzas: [Element] = []
        var confirmed: [Element] = []
        var keys: SCRAMKeys?

        mutating func add(_ events: [StreamEvent]) {
            for event in events {
                switch event {
                case .write(let bytes): written += String(decoding: bytes, as: UTF8.self)
                case .beginTLS: hasBegunTLS = true
                case .ended(let why): error = .some(why)
                case .ready(let jid, let isResumed, let unsent): ready.append((jid, isResumed, unsent))
                case .stanza(let element): stanzas.append(element)
                case .confirmed(let some): confirmed += some
                case .loggedIn(_, let keys): self.keys = keys
                case .registered: break
                }
            }
        }
    }

    private func settings(_ change: (inout StreamSettings) -> Void = { _ in }) throws -> StreamSettings {
        var settings = StreamSettings(
            account: try BareJID("user@example.org"),
            secret: LoginSecret(password: SecretBytes(copying: Array("pencil".utf8))))
        change(&settings)
        return settings
    }

    private func mechanisms(_ names: String..., bindings: [String]? = nil) -> String {
        let offered = names.map { "<mechanism>\($0)</mechanism>" }.joined()
        let bound = bindings.map { kinds in
            "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>"
                + kinds.map { "<channel-binding type='\($0)'/>" }.joined() + "</sasl-channel-binding>"
        }
        return "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\(offered)</mechanisms>"
            + "\(bound ?? "")</stream:features>"
    }

    /// Logs a stream in, with PLAIN: what is tried here comes after.
    private func established(
        _ log: inout Log, after before: XMPPStream? = nil, isCounted: Bool = true
    ) throws -> XMPPStream {
        let stream = XMPPStream(
            try settings { ($0.allowsPlain, $0.leastStrength) = (true, 0) }, after: before)
        log.add(stream.secured(by: []))
        log.add(stream.receive(Self.header + mechanisms("PLAIN")))
        log.add(stream.receive("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"))
        let management = "<sm xmlns='urn:xmpp:sm:3'/>"
        log.add(
            stream.receive(
                Self.header
                    + "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>\(management)</stream:features>"
            ))
        guard before?.acknowledgements.resumption == nil else { return stream }
        log.add(
            stream.receive(
                "<iq type='result' id='tern-bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                    + "<jid>user@example.org/r</jid></bind></iq>"))
        if isCounted { log.add(stream.receive("<enabled xmlns='urn:xmpp:sm:3' id='s1' resume='true'/>")) }
        return stream
    }

    private func message(_ text: String) -> Element {
        Element(
            "message", namespace: "jabber:client", attributes: ["to": "a@example.org"],
            elements: [Element("body", namespace: "jabber:client", text: text)])
    }

    // MARK: TLS

    @Test func nothingIsSaidWithoutTLS() throws {
        for features in [
            "", "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>",
        ] {
            var log = Log()
            let stream = XMPPStream(try settings { $0.allowsPlain = true })
            log.add(stream.begin())
            log.add(stream.receive(Self.header + "<stream:features>\(features)</stream:features>"))
            #expect(log.error == .some(.notEncrypted))
            #expect(!log.written.contains("user") && !log.written.contains("auth"))
        }
    }

    @Test(arguments: [
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed xmlns='jabber:client'/>", "<message/>",
    ])
    func whateverIsNotTheWordToBeginEndsIt(answer: String) throws {
        var log = Log()
        let stream = XMPPStream(try settings())
        log.add(stream.begin())
        log.add(stream.receive(Self.header + Self.startTLS))
        log.add(stream.receive(answer))
        #expect(log.error == .some(.notEncrypted))
        #expect(!log.hasBegunTLS)
    }

    /// What comes between the word and TLS was never under it (the STARTTLS injection).
    @Test(arguments: [
        "<message><body>x</body></message>", "<stream:features><mechanisms", "<", "x",
    ])
    func whatIsInjectedEndsIt(more: String) throws {
        for isApart in [false, true] {
            var log = Log()
            let stream = XMPPStream(try settings())
            log.add(stream.begin())
            log.add(stream.receive(Self.header + Self.startTLS))
            log.add(stream.receive(isApart ? Self.proceed : Self.proceed + more))
            if isApart { log.add(stream.receive(more)) }
            #expect(log.error == .some(.injected))
            #expect(log.stanzas.isEmpty)
            #expect(!log.written.contains("auth"))
        }
    }

    /// RFC 6120 §4.3.3: what was offered before TLS counts for nothing after it.
    @Test func offersBeforeTLSAreForgotten() throws {
        var log = Log()
        let stream = XMPPStream(try settings { ($0.allowsPlain, $0.leastStrength) = (true, 0) })
        log.add(stream.begin())
        let early = Self.startTLS.replacing(
            "</stream:features>", mechanisms("PLAIN").dropFirst("<stream:features>".count))
        log.add(stream.receive(Self.header + early))
        log.add(stream.receive(Self.proceed))
        #expect(log.hasBegunTLS)
        #expect(!log.written.contains("auth"))
        log.add(stream.secured(by: []))
        log.add(stream.receive(Self.header + mechanisms("SCRAM-SHA-256")))
        #expect(log.written.contains("mechanism='SCRAM-SHA-256'"))
    }

    // MARK: Login

    @Test func theStrongestIsChosen() throws {
        let binding = [ChannelBinding(kind: "tls-server-end-point", data: [1])]
        let all = ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-512", "X-NEW"]
        func chosen(_ names: [String], _ bindings: [ChannelBinding], kinds: [String]?) throws -> String {
            var log = Log()
            let stream = XMPPStream(try settings())
            log.add(stream.secured(by: bindings))
            let offered = names.map { "<mechanism>\($0)</mechanism>" }.joined()
            let features = mechanisms("Z", bindings: kinds).replacing("<mechanism>Z</mechanism>", with: offered)
            log.add(stream.receive(Self.header + features))
            let auth = log.written.components(between: "mechanism='", "'")
            return auth ?? "\(String(describing: log.error))"
        }
        #expect(try chosen(all, [], kinds: nil) == "SCRAM-SHA-512")
        #expect(try chosen(all, binding, kinds: ["tls-server-end-point"]) == "SCRAM-SHA-1-PLUS")
        #expect(try chosen(all, binding, kinds: ["tls-exporter"]) == "SCRAM-SHA-512")
        #expect(try chosen(["PLAIN", "X-NEW"], [], kinds: nil).contains("noMechanism"))
    }

    @Test func aWeakerLoginThanBeforeIsRefused() throws {
        var log = Log()
        let stream = XMPPStream(try settings { ($0.leastStrength, $0.allowsPlain) = (2, true) })
        log.add(stream.secured(by: []))
        log.add(stream.receive(Self.header + mechanisms("SCRAM-SHA-1", "PLAIN")))
        #expect(log.error == .some(.login(.downgraded)))
        #expect(!log.written.contains("<auth"))
    }

    /// A bound login with a weak hash is passed over where the pin asks for a stronger one, and that is offered.
    @Test func whatIsTooWeakIsPassedOver() throws {
        var log = Log()
        let stream = XMPPStream(try settings { $0.leastStrength = 3 })
        log.add(stream.secured(by: [ChannelBinding(kind: "tls-server-end-point", data: [1])]))
        let features = mechanisms("SCRAM-SHA-1-PLUS", "SCRAM-SHA-512", bindings: ["tls-server-end-point"])
        log.add(stream.receive(Self.header + features))
        #expect(log.written.contains("mechanism='SCRAM-SHA-512'"))
    }

    @Test func aServerThatProvesNothingIsLeft() throws {
        for end in [
            "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
            "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>dj1BQUFB</success>",
        ] {
            var log = Log()
            let stream = XMPPStream(try settings())
            log.add(stream.secured(by: []))
            log.add(stream.receive(Self.header + mechanisms("SCRAM-SHA-1")))
            log.add(stream.receive(end))
            #expect(log.error == .some(.login(.serverUnproven)))
            #expect(log.ready.isEmpty)
        }
    }

    @Test func aRefusalKeepsItsCondition() throws {
        var log = Log()
        let stream = XMPPStream(try settings())
        log.add(stream.secured(by: []))
        log.add(stream.receive(Self.header + mechanisms("SCRAM-SHA-1")))
        log.add(
            stream.receive(
                "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/><text>user@example.org</text></failure>"
            ))
        #expect(log.error == .some(.login(.refused(condition: "not-authorized"))))
    }

    // MARK: Session

    @Test func anotherAddressIsRefused() throws {
        for address in ["eve@example.org/r", "user@example.org", "", "user@example.org.evil/r"] {
            var log = Log()
            let stream = XMPPStream(try settings { ($0.allowsPlain, $0.leastStrength) = (true, 0) })
            log.add(stream.secured(by: []))
            log.add(stream.receive(Self.header + mechanisms("PLAIN")))
            log.add(stream.receive("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"))
            log.add(stream.receive(Self.header + "<stream:features/>"))
            log.add(
                stream.receive(
                    "<iq type='result' id='tern-bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>\(address)</jid></bind></iq>"
                ))
            #expect(log.error == .some(.notBound(condition: "undefined-condition")))
            #expect(log.ready.isEmpty)
        }
    }

    @Test func onlyWhatWasHandledIsConfirmed() throws {
        var log = Log()
        let stream = try established(&log)
        #expect(log.ready.map(\.0.description) == ["user@example.org/r"])
        log.written = ""
        log.add(stream.receive("<message/><presence/><iq type='get'/><r xmlns='urn:xmpp:sm:3'/>"))
        #expect(log.stanzas.count == 3)
        #expect(log.written.contains("h='0'"))
        stream.handled()
        stream.handled()
        log.written = ""
        log.add(stream.receive("<r xmlns='urn:xmpp:sm:3'/>"))
        #expect(log.written.contains("h='2'"))
    }

    /// XEP-0198 §4: a server counts from its word that it does; what came before is no part of it.
    @Test func whatCameBeforeTheCountIsNotCounted() throws {
        var log = Log()
        let stream = try established(&log, isCounted: false)
        log.add(stream.receive("<message/><enabled xmlns='urn:xmpp:sm:3' id='s1' resume='true'/><message/>"))
        stream.handled()
        stream.handled()
        log.written = ""
        log.add(stream.receive("<r xmlns='urn:xmpp:sm:3'/>"))
        #expect(log.written.contains("h='1'"))
    }

    @Test func whatIsNotConfirmedIsSentAgain() throws {
        var log = Log()
        let stream = try established(&log)
        for text in ["1", "2", "3"] { log.add(try stream.send(message(text))) }
        log.add(stream.receive("<a xmlns='urn:xmpp:sm:3' h='1'/>"))
        #expect(log.confirmed == [message("1")])

        var second = Log()
        let next = try established(&second, after: stream)
        #expect(second.written.contains("previd='s1'") && second.written.contains("h='0'"))
        second.written = ""
        second.add(next.receive("<resumed xmlns='urn:xmpp:sm:3' previd='s1' h='2'/>"))
        #expect(second.confirmed == [message("2")])
        #expect(second.ready.map(\.isResumed) == [true])
        #expect(second.written.contains("<body>3</body>") && !second.written.contains("<body>2</body>"))
        second.add(next.receive("<a xmlns='urn:xmpp:sm:3' h='3'/>"))
        #expect(second.confirmed == [message("2"), message("3")])
    }

    @Test func whatASessionLosesIsGivenBack() throws {
        var log = Log()
        let stream = try established(&log)
        for text in ["1", "2"] { log.add(try stream.send(message(text))) }
        var second = Log()
        let next = try established(&second, after: stream)
        second.add(
            next.receive(
                "<failed xmlns='urn:xmpp:sm:3' h='1'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"
            ))
        second.add(
            next.receive(
                "<iq type='result' id='tern-bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                    + "<jid>user@example.org/r</jid></bind></iq><enabled xmlns='urn:xmpp:sm:3' id='s2' resume='1'/>"))
        #expect(second.confirmed == [message("1")])
        #expect(second.ready.map(\.isResumed) == [false])
        #expect(second.ready.first?.unsent == [message("2")])
        #expect(next.acknowledgements.unconfirmed.isEmpty)
    }

    @Test(arguments: ["h='4'", "h='-1'", "h='x'", "", "h='4294967295'"])
    func moreThanWasSentIsNotConfirmed(count: String) throws {
        var log = Log()
        let stream = try established(&log)
        log.add(try stream.send(message("1")))
        log.add(stream.receive("<a xmlns='urn:xmpp:sm:3' \(count)/>"))
        #expect(log.error == .some(.unexpected))
    }

    @Test func aServerThatConfirmsNothingIsNotSentMore() throws {
        var log = Log()
        let stream = try established(&log)
        for _ in 0..<Acknowledgements.limit { log.add(try stream.send(message("x"))) }
        #expect(log.error == nil)
        log.add(try stream.send(message("x")))
        #expect(log.error == .some(.overflow))
    }

    // MARK: Bad input

    private static let bombs: [(String, StreamError)] = [
        ("<!DOCTYPE x [<!ENTITY a 'b'>]>", StreamError.xml(.malformed)),
        ("<!-- x --><message/>", .xml(.forbidden)),
        ("<?x y?>", .xml(.forbidden)),
        ("<message><body></message>", .xml(.malformed)),
        ("<message xmlns='urn:x'/>", .unexpected),
        ("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", .unexpected),
        ("<stream:features/>", .unexpected),
        (
            "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
            .ended(condition: "conflict")
        ),
        (
            "<stream:error><E-V-I-L xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
            .ended(condition: "undefined-condition")
        ),
        (String(repeating: "<x>", count: 100), .xml(.limit)),
        ("<message><body>" + String(repeating: "x", count: 1 << 21), .xml(.limit)),
        ("<message a='" + String(repeating: " ", count: 1 << 21), .xml(.limit)),
        (String(repeating: " ", count: 1 << 21), .xml(.limit)),
        ("<message xmlns:a='" + String(repeating: "u", count: 2000) + "'/>", .xml(.limit)),
    ]

    @Test(arguments: bombs)
    func bombsAndNonsenseEndIt(bytes: String, error: StreamError) throws {
        var log = Log()
        let stream = try established(&log)
        log.add(stream.receive(bytes))
        #expect(log.error == .some(error))
        #expect(log.stanzas.isEmpty)
        // nothing more happens
        #expect(stream.receive("<message/>").isEmpty)
    }

    /// Whatever the pieces are that a network cuts: the same stanzas.
    @Test func bytesComeInAnyPieces() throws {
        let text =
            "<message><body>ä€🐦 &lt;</body></message> <presence/>\n<iq type='set' id='1'><query xmlns='jabber:iq:roster'/></iq>"
        var whole = Log()
        whole.add(try established(&whole).receive(text))
        #expect(whole.stanzas.count == 3)
        for size in [1, 2, 3, 7] {
            var log = Log()
            let stream = try established(&log)
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                log.add(stream.receive(Array(bytes[start..<min(start + size, bytes.count)]).span))
            }
            #expect(log.stanzas == whole.stanzas)
        }
    }

    /// A stream lives for days: each stanza is bounded, and all of them are not.
    @Test func manyStanzasAreNotOneLargeOne() throws {
        var log = Log()
        let stream = try established(&log)
        let stanza = "<message><body>\(String(repeating: "x", count: 100_000))</body></message>"
        for _ in 0..<50 { log.add(stream.receive(stanza)) }
        #expect(log.stanzas.count == 50)
        #expect(log.error == nil)
    }
}

extension XMPPStream {
    fileprivate func receive(_ text: String) -> [StreamEvent] { receive(Array(text.utf8).span) }
}

extension String {
    fileprivate func components(between start: String, _ end: String) -> String? {
        guard let range = firstRange(of: start) else { return nil }
        let rest = self[range.upperBound...]
        return rest.firstRange(of: end).map { String(rest[..<$0.lowerBound]) }
    }

    fileprivate func replacing(_ part: String, _ other: Substring) -> String { replacing(part, with: other) }
}

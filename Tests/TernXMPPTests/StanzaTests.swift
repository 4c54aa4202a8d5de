// Owns that a client's small stanzas are read as their specifications say, and that nobody speaks in another's name.

import Testing

import TernCore
import TernXML
import TernXMPP

@Suite struct StanzaTests {
    private func element(_ text: String) throws -> Element { try XMLParser.parse(text) }

    private func carbon(_ kind: String, from: String?, copies: Int = 1) throws -> Element {
        let from = from.map { " from='\($0)'" } ?? ""
        let copy =
            "<\(kind) xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>"
            + "<message xmlns='jabber:client' from='bob@example.org/x' to='alice@example.org'><body>x</body></message>"
            + "</forwarded></\(kind)>"
        return try element(
            "<message xmlns='jabber:client'\(from)>\(String(repeating: copy, count: copies))</message>")
    }

    /// XEP-0280 §11, CVE-2017-5589.
    @Test func onlyTheOwnServerMakesCopies() throws {
        let own = try BareJID("alice@example.org")
        for from in ["alice@example.org", nil] {
            for kind in ["received", "sent"] {
                let delivered = try #require(DeliveredMessage(try carbon(kind, from: from), own: own))
                #expect(delivered.isCarbon)
                #expect(delivered.message["from"] == "bob@example.org/x")
            }
        }
        let others = [
            "bob@example.org", "alice@example.org/x", "example.org", "alice@example.org.evil", "", "ALICE@evil.org",
        ]
        for from in others { #expect(DeliveredMessage(try carbon("received", from: from), own: own) == nil) }
        #expect(DeliveredMessage(try carbon("received", from: "alice@example.org", copies: 2), own: own) == nil)
        let plain = try element("<message xmlns='jabber:client' from='bob@example.org/x'><body>x</body></message>")
        #expect(DeliveredMessage(plain, own: own)?.isCarbon == false)
    }

    @Test func itemsAreThoseOfTheNode() throws {
        let node = Node(try BareJID("bob@example.org"), "n")
        func answer(_ name: String) throws -> Element {
            try element(
                "<iq xmlns='jabber:client'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='\(name)'>"
                    + "<item id='1'><x xmlns='urn:x'/></item><item id='2'/></items></pubsub></iq>")
        }
        #expect(
            PubSubStanza.items(in: try answer("n"), of: node)
                == [Item(id: "1", payload: Element("x", namespace: "urn:x"))])
        #expect(PubSubStanza.items(in: try answer("m"), of: node) == nil)
        #expect(PubSubStanza.items(in: try element("<iq xmlns='jabber:client'/>"), of: node) == nil)
    }

    /// An own list that could not be read is never taken for an empty one: it would be published without the other devices.
    @Test(arguments: [
        ("item-not-found", true, true), ("service-unavailable", false, true), ("feature-not-implemented", false, true),
        ("forbidden", false, true), ("not-authorized", false, true), ("internal-server-error", false, false),
        ("remote-server-timeout", false, false), ("resource-constraint", false, false),
    ])
    func whatARefusalSaysOfANode(condition: String, ofOwn: Bool, ofOthers: Bool) throws {
        let (own, other) = (try BareJID("alice@example.org"), try BareJID("bob@example.org"))
        let reply = Reply.refused(condition, also: nil)
        #expect((PubSubStanza.fetched(reply, of: Node(own, "n"), for: own) == .absent) == ofOwn)
        #expect((PubSubStanza.fetched(reply, of: Node(other, "n"), for: own) == .absent) == ofOthers)
        #expect(PubSubStanza.fetched(.nothing, of: Node(other, "n"), for: own) == .failed(isWorthRepeating: true))
    }

    @Test func aRefusalHasItsConditions() throws {
        let refusal = try element(
            "<iq xmlns='jabber:client' type='error'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                + "<precondition-not-met xmlns='http://jabber.org/protocol/pubsub#errors'/></error></iq>")
        guard case .refused("conflict", also: "precondition-not-met") = Reply(refusal) else {
            Issue.record("\(Reply(refusal))")
            return
        }
    }

    /// XEP-0115 §5.1: whoever asks gets what the digest in the presence stands for.
    @Test func whatAClientCanDoIsTold() throws {
        let capabilities = Capabilities(notifyingOf: ["urn:xmpp:omemo:2:devices"])
        let question = try element(
            "<iq xmlns='jabber:client' type='get' id='7' from='example.org'><query xmlns='http://jabber.org/protocol/disco#info' node='n'/></iq>"
        )
        let answer = try #require(capabilities.answer(to: question))
        #expect(answer["id"] == "7" && answer["to"] == "example.org")
        #expect(ClientStanza.features(in: answer).contains("urn:xmpp:omemo:2:devices+notify"))
        let caps = capabilities.presence.first("c", namespace: "http://jabber.org/protocol/caps")
        #expect(caps?["ver"] == capabilities.digest)
        #expect(capabilities.answer(to: try element("<iq xmlns='jabber:client' type='get'/>")) == nil)
        let ping = try element("<iq xmlns='jabber:client' type='get' id='8'><ping xmlns='urn:xmpp:ping'/></iq>")
        #expect(capabilities.answer(to: ping)?["type"] == "result")
    }
}

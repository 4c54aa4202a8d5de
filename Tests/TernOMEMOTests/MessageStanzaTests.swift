// Owns how whole stanzas are written and read. It must not know what they say.

import TernCore
import TernCrypto
import TernOMEMO
import TernXML
import Testing

@Suite struct MessageStanzaTests {
    private let legacy = "eu.siacs.conversations.axolotl"

    @Test func oneVersionMayHaveAFallbackAndTheOtherNot() throws {
        let juliet = try JID("juliet@capulet.lit/balcony")
        let (old, new) = try messages()
        for (encrypted, hasBody) in [([old], true), ([new], false), ([old, new], false), ([new, old], false)] {
            let stanza = try MessageStanza(to: .chat(juliet), id: "a'1<", encrypted, fallback: Companions.fallback)
            let element = stanza.element
            #expect(try XMLParser.parse(stanza.xml()) == element)
            #expect(element.matches("message", "jabber:client"))
            #expect(element["to"] == "juliet@capulet.lit/balcony")
            #expect(element["type"] == "chat" && element["id"] == "a'1<")
            #expect((element.first("body") != nil) == hasBody)
            #expect(element.only("store", namespace: "urn:xmpp:hints") != nil)
            let names = element.elements("encryption", namespace: "urn:xmpp:eme:0")
            #expect(names.map { $0["namespace"] } == encrypted.map(\.version.namespace))
            #expect(names.map { $0["name"] } == encrypted.map { $0.version == .v03 ? "OMEMO" : nil })
            let read = try MessageStanza(element)
            #expect(read.encrypted == encrypted && read.to == juliet && read.id == "a'1<" && read.kind == .chat)
            #expect(read.companions.isEmpty)
        }
        let silent = try MessageStanza(to: .room(juliet.bare), id: nil, [old])
        #expect(silent.element.first("body") == nil)
        #expect(silent.element["type"] == "groupchat" && silent.element["to"] == "juliet@capulet.lit")
        #expect(throws: SessionError.misuse) { try MessageStanza(to: .chat(juliet), id: nil, []) }
        #expect(throws: SessionError.misuse) { try MessageStanza(to: .chat(juliet), id: nil, [old, old]) }
        let unwritable = try MessageStanza(to: .chat(juliet), id: "\u{1}", [old])
        #expect(throws: SessionError.misuse) { try unwritable.xml() }
    }

    @Test func whatStandsBesideIsIgnored() throws {
        // as Gajim sends it, with what servers add, and a body that nobody encrypted
        let stanza = try message(
            "<body>You received a message encrypted with OMEMO</body><origin-id xmlns='urn:xmpp:sid:0' id='x'/>"
                + "<encryption xmlns='urn:xmpp:eme:0' name='OMEMO' namespace='\(legacy)'/>"
                + encrypted(legacy) + "<delay xmlns='urn:xmpp:delay' stamp='2020-01-01T00:00:00Z'/>"
                + "<store xmlns='urn:xmpp:hints'/><envelope xmlns='urn:xmpp:sce:1'/>")
        #expect(stanza.encrypted.map(\.version) == [.v03])
        #expect(stanza.from?.description == "romeo@montague.lit/orchard")
        #expect(stanza.kind == .chat)
    }

    @Test func kindsAreTold() throws {
        for (type, kind) in [("groupchat", MessageStanza.Kind.groupchat), ("normal", .normal), ("unheard", .normal)] {
            #expect(try message(encrypted(legacy), type: type).kind == kind)
        }
        #expect(throws: SessionError.unsupported, "what comes back is no message") {
            try message(encrypted(legacy), type: "error")
        }
    }

    @Test func aDamagedVersionDoesNotHideTheOther() throws {
        let broken = "<encrypted xmlns='urn:xmpp:omemo:2'/>"
        #expect(try message(broken + encrypted(legacy)).encrypted.map(\.version) == [.v03])
        #expect(try message(encrypted("urn:xmpp:omemo:2") + encrypted(legacy)).encrypted.map(\.version) == [.v2, .v03])
        #expect(throws: SessionError.malformed) { try message(broken) }
        #expect(throws: SessionError.malformed) { try message(encrypted(legacy) + encrypted(legacy)) }
    }

    @Test func whatIsNotOMEMOIsUnsupported() throws {
        let inside =
            "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'>"
            + encrypted(legacy) + "</message></forwarded></received>"
        for inner in ["", "<body>hello</body>", encrypted("urn:xmpp:omemo:1"), inside] {
            #expect(throws: SessionError.unsupported) { try message(inner) }
        }
        for xml in [
            "<presence xmlns='jabber:client'/>", "<message xmlns='jabber:server'>\(encrypted(legacy))</message>",
        ] {
            #expect(throws: SessionError.unsupported) { try MessageStanza(try XMLParser.parse(xml)) }
        }
        let address = "<message xmlns='jabber:client' from='@'>\(encrypted(legacy))</message>"
        #expect(throws: SessionError.malformed) { try MessageStanza(try XMLParser.parse(address)) }
    }

    private func message(_ inner: String, type: String = "chat") throws -> MessageStanza {
        try MessageStanza(
            try XMLParser.parse(
                "<message xmlns='jabber:client' from='romeo@montague.lit/orchard' to='juliet@capulet.lit' type='\(type)'>"
                    + "\(inner)</message>"))
    }

    private func encrypted(_ namespace: String) -> String {
        "<encrypted xmlns='\(namespace)'><header sid='1'/></encrypted>"
    }

    private func messages() throws -> (EncryptedMessage, EncryptedMessage) {
        let sender = try DeviceID(1)
        let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
        let key = EncryptedKey(
            for: try DeviceID(2), of: try BareJID("juliet@capulet.lit"), isKeyExchange: true, bytes: bytes.span)
        let flat = EncryptedKey(for: try DeviceID(2), of: nil, isKeyExchange: true, bytes: bytes.span)
        let body = try #require(BodyPayload(ciphertext: bytes, iv: bytes))
        return (
            EncryptedMessage(body, from: sender, keys: [flat]),
            EncryptedMessage(EnvelopePayload(bytes), from: sender, keys: [key])
        )
    }
}

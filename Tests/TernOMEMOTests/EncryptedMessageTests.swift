// Owns what `<encrypted/>` may look like: the spellings of other clients, and what is refused. It must not know ciphers.

import TernCore
import TernCrypto
import TernOMEMO
import TernXML
import Testing

@Suite struct EncryptedMessageTests {
    private static let legacy = "eu.siacs.conversations.axolotl"
    private let iv = Base64.encode([UInt8](repeating: 7, count: 12).span)

    @Test func otherClientsSpellingsAreRead() throws {
        let me = DeviceAddress(try BareJID("me@example.org"), try DeviceID(2))
        // Conversations, Dino and Gajim: "true"; Monal: "1" and "0"
        for (written, expected) in [
            ("", false), (" prekey='true'", true), (" prekey='1'", true), (" prekey='false'", false),
            (" prekey='0'", false),
        ] {
            let key = try #require(try legacy("<key rid='2'\(written)>AQID</key>").keys(for: me).first)
            #expect(key.isKeyExchange == expected)
            #expect(try key.bytes() == [1, 2, 3])
        }
        #expect(throws: SessionError.malformed) {
            try legacy("<key rid='2' prekey='yes'>AQID</key>").keys(for: me).first?.bytes()
        }
        // old clients have nonces of 16 bytes
        for (count, isRead) in [(12, true), (16, true), (0, false), (11, false), (13, false), (17, false)] {
            let nonce = Base64.encode([UInt8](repeating: 7, count: count).span)
            let message = try? EncryptedMessage(
                try XMLParser.parse(
                    "<encrypted xmlns='\(EncryptedMessageTests.legacy)'><payload>AAAA</payload><header sid='1'><iv>\n"
                        + "\(nonce)\n</iv></header><x/></encrypted>"))
            #expect((message != nil) == isRead, "\(count)")
        }
    }

    @Test func keysOfOneNumberAreAllGiven() throws {
        // devices of two accounts may have the same number, and 0.3 does not say which is whose
        let message = try legacy("<key rid='2'>AQ==</key><key rid='3'>Ag==</key><key rid='2' prekey='true'>Aw==</key>")
        let me = DeviceAddress(try BareJID("me@example.org"), try DeviceID(2))
        #expect(try message.keys(for: me).map { try $0.bytes() } == [[1], [3]])
        #expect(try message.keys(for: me).map(\.isKeyExchange) == [false, true])
        let many = String(repeating: "<key rid='2'>AQ==</key>", count: EncryptedMessage.attemptLimit)
        #expect(try legacy(many).keys(for: me).count == EncryptedMessage.attemptLimit)
        #expect(throws: SessionError.limitExceeded, "each is an attempt of the ratchet") {
            try legacy(many + "<key rid='2'>AQ==</key>").keys(for: me)
        }
    }

    @Test func omemo2MatchesAccountAndNumber() throws {
        let message = try modern(
            "<keys jid='Me@example.org'><key rid='2' kex='1'>AQ==</key></keys><keys jid='you@example.org'>"
                + "<key rid='2'>Ag==</key></keys><keys jid='you@example.org/phone'><key rid='4'>Aw==</key></keys>"
                + "<keys><key rid='5'>Aw==</key></keys><key rid='6'>Aw==</key>", "<payload>AAAA</payload>")
        let me = DeviceAddress(try BareJID("me@example.org"), try DeviceID(2))
        #expect(try message.keys(for: me).map { try $0.bytes() } == [[1]])
        #expect(message.keys.count == 2)
        for number in 3...6 as ClosedRange<UInt32> {
            let address = DeviceAddress(try BareJID("you@example.org"), try DeviceID(number))
            #expect(throws: SessionError.notForThisDevice) { try message.keys(for: address) }
        }
    }

    @Test func damageToAnothersKeyIsTheirs() throws {
        let me = try BareJID("me@example.org")
        let big = String(repeating: "AAAA", count: 2000)
        let message = try legacy(
            "<key rid='2'>AQID</key><key rid='3'>%%%</key><key rid='4'/><key rid='5'>\(big)</key><key rid='0'>AQID</key>"
                + "<key>AQID</key>")
        #expect(try message.keys(for: DeviceAddress(me, DeviceID(2))).first?.bytes() == [1, 2, 3])
        for number in 3...5 as ClosedRange<UInt32> {
            let key = try #require(try message.keys(for: DeviceAddress(me, DeviceID(number))).first)
            #expect(throws: SessionError.malformed) { try key.bytes() }
        }
    }

    @Test func whatIsNoMessageIsRefused() throws {
        let namespace = EncryptedMessageTests.legacy
        let broken = [
            "<encrypted xmlns='\(namespace)'/>",
            "<encrypted xmlns='\(namespace)'><header/></encrypted>",
            "<encrypted xmlns='\(namespace)'><header sid='0'/></encrypted>",
            "<encrypted xmlns='\(namespace)'><header sid='1'/><header sid='1'/></encrypted>",
            "<encrypted xmlns='\(namespace)'><header sid='1'/><payload>AAAA</payload></encrypted>",
            "<encrypted xmlns='\(namespace)'><header sid='1'><iv>\(iv)</iv><iv>\(iv)</iv></header></encrypted>",
            "<encrypted xmlns='\(namespace)'><header sid='1'><iv>%</iv></header></encrypted>",
            "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'/><payload>%</payload></encrypted>",
            "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'/><payload/><payload/></encrypted>",
        ]
        for xml in broken {
            #expect(throws: SessionError.malformed, "\(xml)") { try EncryptedMessage(try XMLParser.parse(xml)) }
        }
        for xml in [
            "<encrypted xmlns='urn:xmpp:omemo:1'><header sid='1'/></encrypted>", "<list xmlns='\(namespace)'/>",
        ] {
            #expect(throws: SessionError.unsupported) { try EncryptedMessage(try XMLParser.parse(xml)) }
        }
        let keys = String(repeating: "<key rid='2'/>", count: EncryptedMessage.keyLimit + 1)
        #expect(throws: SessionError.limitExceeded) { try legacy(keys) }
    }

    @Test func anEmptyPayloadIsNotAnAbsentOne() throws {
        let absent = try modern("", "")
        #expect(absent.payload == .absent(iv: []))
        #expect(try modern("", "<payload/>").payload == .envelope(EnvelopePayload([])))
        for message in [absent, try modern("", "<payload/>"), try legacy("<key rid='2'>AQID</key>")] {
            #expect(try EncryptedMessage(message.element) == message)
            #expect(try XMLParser.parse(message.xml()) == message.element)
        }
    }

    @Test func aThousandDevicesAreWrittenAlikeBothWays() throws {
        let sender = try DeviceID(1)
        let bytes = [UInt8](repeating: 9, count: 180)
        let keys = try (1...1000).map { number -> EncryptedKey in
            let jid = try BareJID("friend\(number % 250)@example.org")
            return EncryptedKey(
                for: try DeviceID(UInt32(number)), of: jid, isKeyExchange: number % 3 == 0, bytes: bytes.span)
        }
        let body = try #require(BodyPayload(ciphertext: bytes, iv: Array(bytes.prefix(12))))
        let messages = [
            EncryptedMessage(EnvelopePayload(bytes), from: sender, keys: keys),
            EncryptedMessage(body, from: sender, keys: keys),
            EncryptedMessage(empty: .v03, iv: Array(bytes.prefix(12)), from: sender, keys: keys),
            EncryptedMessage(empty: .v2, iv: Array(bytes.prefix(12)), from: sender, keys: keys),
        ]
        for message in messages {
            #expect(message.xml() == (try message.element.serialized()))
            let read = try EncryptedMessage(try XMLParser.parse(message.xml()))
            #expect(read.keys.count == 1000)
            let last = DeviceAddress(try #require(keys[999].jid), keys[999].device)
            #expect(try read.keys(for: last).first?.bytes() == bytes)
        }
        #expect(messages[0].element.first("header")?.elements("keys").count == 250)
        #expect(messages[3].payload == .absent(iv: []), "OMEMO 2 has no vector in its header")
    }

    private func legacy(_ keys: String) throws -> EncryptedMessage {
        try EncryptedMessage(
            try XMLParser.parse(
                "<encrypted xmlns='\(EncryptedMessageTests.legacy)'><header sid='27183'>\(keys)<iv>\(iv)</iv></header>"
                    + "</encrypted>"))
    }

    private func modern(_ header: String, _ rest: String) throws -> EncryptedMessage {
        try EncryptedMessage(
            try XMLParser.parse(
                "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='27183'>\(header)</header>\(rest)</encrypted>"))
    }
}

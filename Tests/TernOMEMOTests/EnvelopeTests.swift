// Owns every check of an envelope, and what of its content is believed. It must not know encryption.

import TernCore
import TernCrypto
import TernOMEMO
import TernXML
import Testing

@Suite struct EnvelopeTests {
    private let romeo: BareJID
    private let juliet: BareJID
    private let room: BareJID
    private let now = Timestamp(seconds: 1_700_000_000)

    init() throws {
        romeo = try BareJID("romeo@montague.lit")
        juliet = try BareJID("juliet@capulet.lit")
        room = try BareJID("balcony@rooms.capulet.lit")
    }

    @Test func theSpecificationsExampleIsRead() throws {
        // XEP-0384, the example of §sce, filled in
        let read = try envelope(
            "<content><body xmlns='jabber:client'>Hello World!</body></content><rpad>aq</rpad><from jid='romeo@montague.lit'/>"
        )
        #expect(read.content == .text("Hello World!"))
        #expect(read.from == romeo && read.to == nil && read.time == nil && read.refused == 0)
        try read.check(sender: romeo, recipient: juliet, room: nil, now: now)
    }

    @Test func whatIsNoEnvelopeIsRefused() throws {
        let broken = [
            "", "x", "<envelope/>", "<envelope xmlns='urn:xmpp:sce:0'><content/><rpad/></envelope>",
            "<content xmlns='urn:xmpp:sce:1'/>", "<envelope xmlns='urn:xmpp:sce:1'><content/><rpad/>",
            "<!DOCTYPE x><envelope xmlns='urn:xmpp:sce:1'><content/><rpad/></envelope>",
            "<?x y?><envelope xmlns='urn:xmpp:sce:1'><content/><rpad/></envelope>",
            "<envelope xmlns='urn:xmpp:sce:1'><content/><rpad/></envelope><envelope/>",
            "<envelope xmlns='urn:xmpp:sce:1'><content>&x;</content><rpad/></envelope>",
        ]
        for xml in broken {
            #expect(throws: SessionError.malformed, "\(xml)") { try read(Array(xml.utf8)) }
        }
        let invalid = Array("<envelope xmlns='urn:xmpp:sce:1'><content/><rpad>".utf8) + [0xC3, 0x28]
        #expect(throws: SessionError.malformed) {
            try read(invalid + Array("</rpad></envelope>".utf8))
        }
        let deep = String(repeating: "<a xmlns='a'>", count: 100) + String(repeating: "</a>", count: 100)
        #expect(throws: SessionError.limitExceeded) { try envelope("<content>\(deep)</content><rpad/>") }
    }

    @Test func affixesAreThereOnceAndReadable() throws {
        let rest = "<content/><rpad/>"
        #expect(try envelope(rest).content == .elements([]), "an empty envelope is a message too")
        let broken = [
            "<content/>", "<rpad/>", "<content/><content/><rpad/>", "<content/><rpad/><rpad/>",
            "\(rest)<to/>", "\(rest)<to jid=''/>", "\(rest)<to jid='a@'/>", "\(rest)<from jid='@b'/>", "\(rest)<from/>",
            "\(rest)<to jid='a@b'/><to jid='a@b'/>", "\(rest)<from jid='a@b'/><from jid='a@b'/>",
            "\(rest)<time/>", "\(rest)<time stamp='yesterday'/>", "\(rest)<time stamp='2023-11-14'/>",
            "\(rest)<time stamp='2023-11-14T22:13:00Z'/><time stamp='2023-11-14T22:13:00Z'/>",
        ]
        for xml in broken {
            #expect(throws: SessionError.malformed, "\(xml)") { try envelope(xml) }
        }
        // XEP-0420's own example has a full address; longer padding must not be refused, nor affixes of others
        let read = try envelope(
            "<content/><rpad>\(String(repeating: "x", count: 5000))</rpad><from jid='Romeo@montague.lit/orchard'/><sig/>"
        )
        #expect(read.from == romeo)
    }

    @Test func addressesHaveToBeTheStanzas() throws {
        let mine = try envelope("<content/><rpad/><from jid='romeo@montague.lit'/><to jid='juliet@capulet.lit'/>")
        try mine.check(sender: romeo, recipient: juliet, room: nil, now: now)
        for (sender, recipient) in [(juliet, juliet), (romeo, romeo)] {
            #expect(throws: SessionError.unauthentic) {
                try mine.check(sender: sender, recipient: recipient, room: nil, now: now)
            }
        }
        #expect(throws: SessionError.unauthentic, "a private message is none of a room") {
            try mine.check(sender: romeo, recipient: juliet, room: room, now: now)
        }
        let general = try envelope("<content/><rpad/><to jid='balcony@rooms.capulet.lit'/>")
        try general.check(sender: romeo, recipient: juliet, room: room, now: now)
        #expect(throws: SessionError.unauthentic, "a message of a room is not private") {
            try general.check(sender: romeo, recipient: juliet, room: nil, now: now)
        }
        let bare = try envelope("<content/><rpad/>")
        try bare.check(sender: romeo, recipient: juliet, room: nil, now: now)
        #expect(throws: SessionError.unauthentic, "a message of a room names it") {
            try bare.check(sender: romeo, recipient: juliet, room: room, now: now)
        }
    }

    @Test func theFutureIsRefusedAndThePastIsNot() throws {
        func check(_ stamp: String) throws {
            try envelope("<content/><rpad/><time stamp='\(stamp)'/>").check(
                sender: romeo, recipient: juliet, room: nil, now: now)
        }
        // now is 2023-11-14T22:13:20Z
        for stamp in [
            "2023-11-14T22:13:20Z", "2004-01-25T06:05:00+01:00", "2023-11-15T22:13:20Z", "0001-01-01T00:00:00Z",
        ] {
            try check(stamp)
        }
        for stamp in ["2023-11-15T22:13:21Z", "2099-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
            #expect(throws: SessionError.malformed) { try check(stamp) }
        }
    }

    @Test func whatServersProcessIsNotBelieved() throws {
        let dropped = [
            "<store xmlns='urn:xmpp:hints'/>", "<no-store xmlns='urn:xmpp:hints'/>",
            "<stanza-id xmlns='urn:xmpp:sid:0' id='1' by='a@b'/>",
            "<addresses xmlns='http://jabber.org/protocol/address'/>",
            "<encryption xmlns='urn:xmpp:eme:0' namespace='x'/>", "<delay xmlns='urn:xmpp:delay' stamp='x'/>",
            "<received xmlns='urn:xmpp:carbons:2'/>", "<forwarded xmlns='urn:xmpp:forward:0'/>",
            "<result xmlns='urn:xmpp:mam:2'/>",
            "<body>without a namespace of its own</body>", "<body xmlns=''>without any</body>",
        ]
        let kept = "<origin-id xmlns='urn:xmpp:sid:0' id='2'/>"
        let read = try envelope(
            "<content>text \(dropped.joined())<body xmlns='jabber:client'>hello</body>\(kept)</content><rpad/>")
        #expect(read.elements.map(\.name) == ["body", "origin-id"])
        #expect(read.refused == dropped.count)
        var entropy = SystemEntropy()
        for xml in dropped {
            let element = try #require(
                try XMLParser.parse("<content xmlns='urn:xmpp:sce:1'>\(xml)</content>").elements.first)
            #expect(throws: SessionError.unsupported) {
                try Envelope(.elements([element]), from: romeo, to: nil, time: nil, entropy: &entropy)
            }
        }
    }

    @Test func whatIsWrittenIsRead() throws {
        var entropy = SystemEntropy()
        let reaction = Element("reactions", namespace: "urn:xmpp:reactions:0", text: "<&>'\"\r\n")
        for content in [Content.text("Grüße 🐦"), .text(""), .elements([reaction]), .elements([])] {
            let written = try Envelope(content, from: romeo, to: room, time: now, entropy: &entropy)
            let read = try self.read(exposed(written))
            #expect(read == written)
            #expect(read.content == content)
            try read.check(sender: romeo, recipient: juliet, room: room, now: now)
        }
        #expect(throws: SessionError.misuse) {
            try Envelope(.text("\u{0}"), from: romeo, to: nil, time: nil, entropy: &entropy)
        }
    }

    @Test func aBodyWithMoreThanTextIsNotReducedToIt() throws {
        let read = try envelope("<content><body xmlns='jabber:client' xml:lang='de'>Hallo</body></content><rpad/>")
        #expect(read.content == .elements(read.elements))
        #expect(read.content.text == "Hallo")
    }

    @Test func lengthsSayLittle() throws {
        var entropy = SystemEntropy()
        var lengths: Set<Int> = []
        for count in 0..<300 {
            let text = String(repeating: "x", count: count % 30)
            let length = try exposed(
                Envelope(.text(text), from: romeo, to: nil, time: now, entropy: &entropy)
            ).count
            #expect((Envelope.minimumLength...Envelope.minimumLength + 200 + 7).contains(length))
            lengths.insert(length)
        }
        #expect(lengths.count > 100)
        let long = String(repeating: "x", count: 1000)
        let bare = try exposed(Envelope(.text(long), from: romeo, to: nil, time: now, entropy: &entropy)).count
        #expect((1000...1000 + 500).contains(bare))
    }

    private func envelope(_ inner: String) throws -> Envelope {
        try read(Array("<envelope xmlns='urn:xmpp:sce:1'>\(inner)</envelope>".utf8))
    }

    private func read(_ bytes: [UInt8]) throws -> Envelope {
        try Envelope(bytes.span)
    }

    private func exposed(_ envelope: Envelope) throws -> [UInt8] {
        let bytes = try envelope.bytes()
        return bytes.exposed()
    }
}

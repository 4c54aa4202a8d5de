// What a room says of its members, in the stanzas of XEP-0045's own examples.

import TernCore
import TernXML
import Testing

@Suite struct RoomReportTests {
    private func report(_ xml: String) throws -> RoomReport { try RoomReport(try XMLParser.parse(xml)) }

    private func member(_ jid: String, _ affiliation: Affiliation) throws -> RoomMember {
        RoomMember(try BareJID(jid), affiliation)
    }

    /// XEP-0045 example 130: the list of members, some of whom are not there.
    @Test func aListNamesThoseWhoAreNotThere() throws {
        let list = try report(
            """
            <iq xmlns='jabber:client' from='coven@chat.shakespeare.lit' id='member3' to='crone1@shakespeare.lit/desktop' \
            type='result'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member' \
            jid='hag66@shakespeare.lit' nick='thirdwitch' role='participant'/></query></iq>
            """)
        #expect(list.isList && list.hidden == 0)
        #expect(list.members == [try member("hag66@shakespeare.lit", .member)])
    }

    /// XEP-0045 example 21: a presence of a room that shows addresses, with the resource that is there.
    @Test func aPresenceNamesTheAccount() throws {
        let presence = try report(
            """
            <presence xmlns='jabber:client' from='coven@chat.shakespeare.lit/thirdwitch' to='crone1@shakespeare.lit/desktop'>\
            <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' \
            jid='hag66@shakespeare.lit/pda' role='participant'/></x></presence>
            """)
        #expect(!presence.isList)
        #expect(presence.members == [try member("hag66@shakespeare.lit", .none)])
        #expect(!Affiliation.none.isRecipient)
    }

    /// XEP-0045 example 132: somebody who is not there is a member no more.
    @Test func aMessageNamesAChange() throws {
        let change = try report(
            """
            <message xmlns='jabber:client' from='coven@chat.shakespeare.lit' to='crone1@shakespeare.lit/desktop'>\
            <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='outcast' jid='hag66@shakespeare.lit' \
            role='none'/></x></message>
            """)
        #expect(change.members == [try member("hag66@shakespeare.lit", .outcast)])
    }

    @Test func whoIsHiddenIsCounted() throws {
        let presence = try report(
            """
            <presence xmlns='jabber:client' from='c@chat.example/a'><x xmlns='http://jabber.org/protocol/muc#user'>\
            <item affiliation='member' role='participant'/></x></presence>
            """)
        #expect(presence.members.isEmpty && presence.hidden == 1)
    }

    @Test(arguments: [
        (
            "<iq xmlns='jabber:client' type='error'><query xmlns='http://jabber.org/protocol/muc#admin'/></iq>",
            "malformed"
        ),
        ("<presence xmlns='jabber:client'/>", "unsupported"),
        ("<iq xmlns='jabber:client'><query xmlns='jabber:iq:roster'><item jid='a@b'/></query></iq>", "unsupported"),
        (
            "<iq xmlns='jabber:client'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='king' jid='a@b'/></query></iq>",
            "malformed"
        ),
        (
            "<iq xmlns='jabber:client'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member' jid='@'/></query></iq>",
            "malformed"
        ),
        (
            "<iq xmlns='jabber:client'><query xmlns='http://jabber.org/protocol/muc#admin'><item jid='a@b'/></query></iq>",
            "malformed"
        ),
    ])
    func whatSaysNothingIsRefused(xml: String, code: String) throws {
        let error = #expect(throws: SessionError.self) { try report(xml) }
        #expect(error?.code == code)
    }

    @Test func anEmptyListIsAnAnswer() throws {
        let list = try report(
            "<iq xmlns='jabber:client' type='result'><query xmlns='http://jabber.org/protocol/muc#admin'/></iq>")
        #expect(list.isList && list.members.isEmpty)
    }
}

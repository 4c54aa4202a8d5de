// Owns what ties a message of OMEMO 2 to its conversation, between Tern and the foreign peers.

import Testing

import TernCore
import TernOMEMO

@Suite("Envelopes of and for foreign peers", .foreignPeers)
struct EnvelopeTests {
    private static let room = "room@chat.example.org"

    @Test("A peer finds in the envelope whom Tern wrote to", arguments: ForeignPeer.Implementation.allCases)
    func ours(implementation: ForeignPeer.Implementation) throws {
        let both = try Neighbourhood(implementation, .omemo2)
        let chat = try both.stranger.decrypt(try both.encrypt("Hi").xml(), from: Neighbourhood.ternAccount)
        #expect(chat.envelopeFrom == Neighbourhood.ternAccount && chat.envelopeTo == Neighbourhood.foreignAccount)
        let message = try both.encrypt("Hi all", room: try BareJID(EnvelopeTests.room))
        let room = try both.stranger.decrypt(message.xml(), from: Neighbourhood.ternAccount)
        #expect(room.text == "Hi all")
        #expect(room.envelopeFrom == Neighbourhood.ternAccount && room.envelopeTo == EnvelopeTests.room)
    }

    @Test(
        "Tern refuses a peer's message in another conversation, and reads it in its own",
        arguments: ForeignPeer.Implementation.allCases)
    func theirs(implementation: ForeignPeer.Implementation) throws {
        let both = try Pairing(implementation: implementation, version: .omemo2).acquainted()
        let jid = try both.stranger.address.jid
        let (room, other) = (try BareJID(EnvelopeTests.room), try BareJID("other@chat.example.org"))
        let image = both.tern.image

        let inRoom = try both.encryptForTern("to the room", room: EnvelopeTests.room)
        #expect(try both.tern.refusal(of: inRoom, from: jid, to: other, room: other) == .unauthentic)
        #expect(try both.tern.refusal(of: inRoom, from: jid) == .unauthentic)
        let inPrivate = try both.encryptForTern("in private")
        #expect(try both.tern.refusal(of: inPrivate, from: jid, to: room, room: room) == .unauthentic)
        let forCarol = try both.encryptForTern("for Carol", room: "carol@example.org")
        #expect(try both.tern.refusal(of: forCarol, from: jid) == .unauthentic)
        #expect(both.tern.image == image)

        #expect(try both.tern.refusal(of: inRoom, from: jid, to: room, room: room) == nil)
        #expect(try both.tern.refusal(of: inPrivate, from: jid) == nil)
    }
}

// Owns showing that tests can talk to the foreign peers. What the peers do among themselves, Tests/Peers/selftest shows.

import Testing

import TernJSON

@Suite("The protocol of the foreign peers", .foreignPeers)
struct PeerProtocolTests {
    typealias Version = ForeignDevice.Version

    @Test("Two implementations talk to each other through requests", arguments: Version.allCases)
    func exchange(version: Version) throws {
        let (python, c) = (try ForeignPeer(.pythonOMEMO), try ForeignPeer(.libOMEMOC))
        let alice = try ForeignDevice(python, "alice@example.org", 1111, version)
        let bob = try ForeignDevice(c, "bob@example.net", 2222, version)
        try alice.learn(bob)
        try bob.learn(alice)
        let room = version == .omemo2 ? "room@chat.example.org" : nil

        let published = try bob.bundle()
        let text = "Grüße & <Küsse> 🐦\n"
        let first = try alice.encrypt(text, to: [bob.place], room: room)
        let opened = try bob.decrypt(first, from: alice.place.jid)
        #expect(opened.text == text && opened.device == 1111 && opened.preKeyWasUsed)
        #expect(opened.envelopeTo == room)
        #expect(try bob.bundle() != published)
        #expect(try bob.refusal(of: first, from: alice.place.jid) == .duplicate)

        try bob.restart()
        let answer = try bob.encrypt("answer", to: [alice.place])
        #expect(try alice.decrypt(answer, from: bob.place.jid).text == "answer")
        let empty = try alice.empty(to: [bob.place])
        #expect(try bob.decrypt(empty, from: alice.place.jid).text == nil)

        #expect(try python.end() == 0)
        #expect(try c.end() == 0)
    }

    @Test(
        "A request that makes no sense is refused, and the next is answered",
        arguments: ForeignPeer.Implementation.allCases)
    func nonsense(implementation: ForeignPeer.Implementation) throws {
        let peer = try ForeignPeer(implementation)
        #expect(throws: ForeignPeer.Failure.self) { try peer.ask("dance") }
        #expect(throws: ForeignPeer.Failure.self) {
            try peer.ask("bundle", ["jid": "nobody@example.org", "device": 1])
        }
        let device = try ForeignDevice(peer, "carol@example.org", 3333, .omemo2)
        #expect(device.list.contains("3333") && device.identity.count == 64)
        #expect(try device.refusal(of: "<encrypted", from: "alice@example.org") == .malformed)
        #expect(throws: ForeignPeer.Failure.self) { try ForeignDevice(peer, "carol@example.org", 3333, .omemo2) }
        #expect(try peer.end() == 0)
    }

    @Test("An answer that takes too long, and a process that has ended, are errors")
    func limits() throws {
        let peer = try ForeignPeer(.libOMEMOC)
        #expect(throws: ForeignPeer.Failure.self) { try peer.ask("quit", within: .zero) }
        peer.stop()
        #expect(throws: ForeignPeer.Failure.self) { try peer.ask("quit") }
    }
}

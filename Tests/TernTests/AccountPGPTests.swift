// Owns what an account does in OpenPGP over a network: from nobody known to a message read, without a word between.

import Foundation
import Testing

import Tern
import TernCore
import TernPGP
import TernXML

@Suite(.serialized) struct AccountPGPTests {
    /// A server that keeps what is published.
    private actor Shelf: Network {
        private var nodes: [Node: [Item]] = [:]
        private(set) var fetched = 0

        func fetch(_ node: Node) async -> Fetched {
            fetched += 1
            return nodes[Node(node.owner, node.name)].map { .found($0) } ?? .absent
        }
        func publish(_ publication: Publication) async -> Published {
            let place = Node(publication.node.owner, publication.node.name)
            nodes[place] = [Item(id: publication.node.item, payload: publication.payload)]
            return .done
        }
        func retract(_ node: Node) async -> Published { .done }
        func send(_ stanza: Element) async -> Bool { true }
    }

    private let now = Timestamp.now

    private func account(_ name: String, on shelf: Shelf) async throws -> Account<MemoryStore> {
        let account = try Account(creating: BareJID("\(name)@example.org"), at: now, in: MemoryStore())
        _ = try await account.madePGPIdentity(at: now)
        _ = try await account.announcePGP(at: now)
        try await account.carryOut(over: shelf, at: now)
        return account
    }

    @Test func strangersNeedNoMoreThanTheNetwork() async throws {
        let shelf = Shelf()
        let (alice, bob) = (try await account("alice", on: shelf), try await account("bob", on: shelf))
        let drafts = (0..<4).map { PGPDraft(.text("text \($0)"), to: .account(bob.jid)) }
        let named = try await alice.encrypt(pgp: [drafts[0]], at: now)
        guard case .success(.missing(let nodes))? = named.first else { throw SessionError.misuse }
        #expect(nodes == [Node(bob.jid, PublicKeyList.node)])

        let sealed = try await alice.encrypt(pgp: drafts, over: shelf, at: now)
        var stanzas: [Element] = []
        for result in sealed {
            guard case .success(.sealed(let outbound, _)) = result else { throw SessionError.misuse }
            stanzas += outbound.map { $0.stanza(id: "1") }
        }
        #expect(stanzas.count == 4)
        let messages = stanzas.map {
            (incoming: Incoming(.element($0), from: JID(alice.jid), to: JID(bob.jid)), scheme: Scheme.ox)
        }
        let read = try await bob.decrypt(pgp: messages, over: shelf, at: now)
        #expect(try read.map { try $0.get().step.plaintext?.content.text } == (0..<4).map { "text \($0)" })
        #expect(try await bob.pgpPeer(alice.jid)?.keys.map(\.trust) == [.firstUse])
        // what was learned is kept: nothing is fetched again
        let before = await shelf.fetched
        _ = try await bob.encrypt(pgp: [PGPDraft(.text("back"), to: .account(alice.jid))], over: shelf, at: now)
        #expect(await shelf.fetched == before)
    }

    @Test func aKeyInAnothersPlaceIsLoudOverTheNetworkToo() async throws {
        let shelf = Shelf()
        let (alice, bob) = (try await account("alice", on: shelf), try await account("bob", on: shelf))
        let draft = PGPDraft(.text("hello"), to: .account(bob.jid))
        _ = try await alice.encrypt(pgp: [draft], over: shelf, at: now)
        // the server gives another key out
        let mallory = try await account("bob", on: shelf)
        let list = try await mallory.pgpPublications(at: now)[1]
        let key = try #require(try await mallory.pgpIdentity()).fingerprint
        _ = try await alice.learn(pgp: [Item(id: "current", payload: list.payload)], at: list.node, at: now)
        let refused = try await alice.encrypt(pgp: [draft], over: shelf, at: now)
        guard case .success(.refused(let error, let events))? = refused.first else { throw SessionError.misuse }
        #expect(error == .untrusted)
        #expect(events.contains(.keyUndecided(bob.jid, key)))
        #expect(events.contains { if case .keyChanged(_, let now) = $0 { now == key } else { false } })

        // a person decides
        _ = try await alice.decide(.verified, pgp: key, of: bob.jid)
        guard case .success(.sealed)? = try await alice.encrypt(pgp: [draft], over: shelf, at: now).first else {
            throw SessionError.misuse
        }
    }

    @Test func aLaterKeyIsTakenByThePolicyThatSaysSo() async throws {
        let shelf = Shelf()
        let (alice, bob) = (try await account("alice", on: shelf), try await account("bob", on: shelf))
        try await alice.setPolicy(.firstUse, of: bob.jid)
        let draft = PGPDraft(.text("hello"), to: .account(bob.jid))
        _ = try await alice.encrypt(pgp: [draft], over: shelf, at: now)
        // another program of Bob's announces its own beside the first
        let second = try await account("bob", on: shelf)
        let first = try #require(try await bob.pgpIdentity())
        let other = try #require(try await second.pgpIdentity())
        let list = PublicKeyList([.init(first.fingerprint, date: nil), .init(other.fingerprint, date: nil)])
        _ = await shelf.publish(list.publication(of: bob.jid))
        _ = try await alice.learn(
            pgp: [Item(id: "current", payload: list.publication(of: bob.jid).payload)],
            at: Node(bob.jid, PublicKeyList.node), at: now)
        guard case .success(.sealed(_, let events))? = try await alice.encrypt(pgp: [draft], over: shelf, at: now).first
        else { throw SessionError.misuse }
        #expect(events == [.keyAccepted(bob.jid, other.fingerprint)])
    }
}

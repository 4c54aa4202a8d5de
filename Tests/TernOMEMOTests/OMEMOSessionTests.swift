// OMEMO behind `Session`: what is asked for, what waits for which answer, what an answer moves on.

import TernCore
import TernOMEMO
import TernXML
import Testing

@Suite struct OMEMOSessionTests {
    let alice: TestDevice
    let bob: TestDevice
    let here: OMEMOSession<MemoryStore>
    let there: OMEMOSession<MemoryStore>
    private let now = TestDevice.start

    init() throws {
        alice = try TestDevice("alice@example.org", 1)
        bob = try TestDevice("bob@example.org", 2)
        here = OMEMOSession(alice.engine, with: .account(bob.jid), versions: [.v2])
        there = OMEMOSession(bob.engine, with: .account(alice.jid), versions: [.v2])
    }

    /// What a server answers that has what the device publishes.
    private func answer(_ needs: [Need], from device: TestDevice) throws -> [Answer] {
        let published = try device.publications()
        return try needs.compactMap { need in
            guard case .fetch(let node) = need else { return nil }
            let found = try #require(
                published.first { $0.node.name == node.name && (node.item == nil || node.item == $0.node.item) })
            return .fetched(node, .found([Item(id: found.node.item, payload: found.payload)]))
        }
    }

    private func incoming(_ outbound: Outbound, from device: TestDevice, to other: TestDevice) -> Incoming {
        Incoming(outbound.payload, from: JID(device.jid), to: JID(other.jid))
    }

    @Test func firstMessageFetchesWhatItNeedsAndGoesOnByItself() throws {
        #expect(here.phase == .fresh)
        let asked = try here.encrypt(.text("Hello"), at: now)
        #expect(asked.isWaiting && asked.outbound.isEmpty && asked.needs.count == 1)
        #expect(here.phase == .negotiating)
        let more = try here.supply(answer(asked.needs, from: bob), at: now)
        #expect(more.map(\.ticket) == [asked.ticket] && more[0].isWaiting && more[0].needs.count == 1)
        let sealed = try here.supply(answer(more[0].needs, from: bob), at: now)
        #expect(sealed.map(\.ticket) == [asked.ticket] && !sealed[0].isWaiting)
        #expect(here.phase == .established)
        #expect(sealed[0].events.contains(.device(bob.address, .new(bob.engine.device.fingerprint))))
        let outbound = try #require(sealed[0].outbound.first)
        #expect(outbound.destination == .chat(JID(bob.jid)))
        #expect(!outbound.companions.contains { $0.name == "body" })

        let read = try there.decrypt(incoming(outbound, from: alice, to: bob), at: now)
        #expect(read.plaintext?.content == .text("Hello"))
        // Until its host has it, the same message gives it again.
        let again = try there.decrypt(incoming(outbound, from: alice, to: bob), at: now)
        #expect(again.plaintext == read.plaintext)
        try there.acknowledge(read.ticket)
        #expect(throws: SessionError.unexpectedAnswer) { try there.acknowledge(read.ticket) }
        #expect(throws: SessionError.duplicate) {
            try there.decrypt(incoming(outbound, from: alice, to: bob), at: now)
        }
        // The answer, and the bundle that has lost a prekey.
        let reply = try #require(read.outbound.first)
        let confirmed = try here.decrypt(incoming(reply, from: bob, to: alice), at: now)
        #expect(confirmed.plaintext == nil)
        let bundle = BundlePlace(bob.address.device, version: .v2).node(of: bob.jid)
        let published = read.needs.compactMap { need -> Node? in
            guard case .publish(let publication) = need else { return nil }
            return publication.node
        }
        #expect(published.contains { $0.name == bundle.name && $0.item == bundle.item })
        _ = try there.supply(published.map { .published($0, .done) }, at: now)
        // A device that is on no list we know: the list is asked for.
        #expect(try bob.outstanding() == [.fetchDeviceLists(alice.jid)])
        _ = try there.supply(answer(read.needs, from: alice), at: now)
        #expect(try bob.outstanding().isEmpty)
    }

    @Test func nothingIsSentWhereNobodyKnows() throws {
        let asked = try here.encrypt(.text("Hello"), at: now)
        guard case .fetch(let list)? = asked.needs.first else { return #expect(Bool(false)) }
        let step = try here.supply([.fetched(list, .failed(isWorthRepeating: true))], at: now)
        #expect(step.map(\.failure) == [.materialMissing] && step[0].outbound.isEmpty && !step[0].isWaiting)
    }

    @Test func deviceWithoutABundleIsNamed() throws {
        let asked = try here.encrypt(.text("Hello"), at: now)
        let more = try here.supply(answer(asked.needs, from: bob), at: now)
        guard case .fetch(let bundle)? = more.first?.needs.first else { return #expect(Bool(false)) }
        let step = try here.supply([.fetched(bundle, .absent)], at: now)
        #expect(step.map(\.failure) == [.materialMissing])
        #expect(step[0].events == [.device(bob.address, .leftOut(.noBundle))])
    }

    @Test func answerToNothingIsRefused() throws {
        let node = DeviceList.node(of: bob.jid, version: .v2)
        #expect(throws: SessionError.unexpectedAnswer) { try here.supply([.fetched(node, .absent)], at: now) }
        #expect(throws: SessionError.unexpectedAnswer) { try here.supply([.published(node, .done)], at: now) }
    }

    @Test func messageOfSomebodyElseIsNotThisConversations() throws {
        try alice.learn([bob])
        let message = try alice.encrypt("Hello", to: bob.jid)[0]
        let other = OMEMOSession(bob.engine, with: .account(try BareJID("carol@example.org")))
        let stray = Incoming(.element(message.element), from: JID(alice.jid), to: JID(bob.jid))
        let before = bob.store.image
        #expect(throws: SessionError.misuse) { try other.decrypt(stray, at: now) }
        #expect(throws: SessionError.misuse) {
            try there.decrypt(Incoming(.body("Hello"), from: JID(alice.jid), to: JID(bob.jid)), at: now)
        }
        #expect(bob.store.image == before)
    }
}

// The façade over a network: what it fetches, sends and publishes by itself, and what it does when that fails.

import Synchronization
import Tern
import TernCore
import TernOMEMO
import TernOTR
import TernXML
import Testing

@Suite struct ConversationTests {
    @Test func fromNothingToTheFirstAnswer() async throws {
        let place = try await Neighbourhood()
        #expect(try await place.alice.outstanding().isEmpty)
        let here = place.alice.conversation(with: place.bob.jid, over: place.aliceNetwork)
        let there = place.bob.conversation(with: place.alice.jid, over: place.bobNetwork)
        let events = try await here.send("Hello")
        #expect(
            events.contains(
                .device(DeviceAddress(place.bob.jid, place.bob.device), .new(place.bob.fingerprint))))
        let message = try await there.read(place.only(place.server.takeMail()))
        #expect(message.text == "Hello")
        #expect(message.plaintext?.author.key == place.alice.fingerprint)
        // The key exchange is answered, and the bundle published without the prekey that was used.
        let answer = try place.only(place.server.takeMail())
        #expect(place.server.calls("publish").count == 9)
        #expect(try await place.bob.outstanding().isEmpty)
        #expect(try await here.read(answer).plaintext == nil)
        try await there.send("Hello yourself")
        #expect(try await here.read(place.only(place.server.takeMail())).text == "Hello yourself")
        try await message.acknowledge()
    }

    @Test func callsAtTheSameTimeShareWhatTheyFetch() async throws {
        let place = try await Neighbourhood()
        let here = place.alice.conversation(with: place.bob.jid, over: place.aliceNetwork)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask { _ = try? await here.send("\(number)") }
            }
        }
        // two lists and one bundle, beside the own lists of both
        #expect(place.server.calls("fetch bob@").count - 2 == 3)
        var texts: Set<String> = []
        let there = place.bob.conversation(with: place.alice.jid, over: place.bobNetwork)
        for stanza in place.server.takeMail() { texts.insert(try await there.read(stanza).text ?? "") }
        #expect(texts == Set((0..<20).map(String.init)))
    }

    @Test func nobodyIsWrittenToWhoHasNoDevices() async throws {
        let place = try await Neighbourhood()
        let carol = try BareJID("carol@example.org")
        let here = place.alice.conversation(with: carol, over: place.aliceNetwork)
        await #expect(throws: SessionError.materialMissing) { try await here.send("Hello") }
        #expect(place.server.takeMail().isEmpty)
    }

    /// A list that could not be fetched is not an empty list.
    @Test func aFailureIsNotAnAnswer() async throws {
        let place = try await Neighbourhood()
        let here = place.alice.conversation(with: place.bob.jid, over: place.aliceNetwork)
        place.server.state.withLock { $0.failing = ["urn:xmpp:omemo:2:devices"] }
        await #expect(throws: SessionError.materialMissing) { try await here.send("Hello") }
        #expect(place.server.takeMail().isEmpty)
        place.server.state.withLock { $0.failing = [] }
        try await here.send("Hello")
        #expect(place.server.takeMail().count == 1)
    }

    @Test func whatTheNetworkDoesNotTakeWaits() async throws {
        let place = try await Neighbourhood()
        let here = place.alice.conversation(with: place.bob.jid, over: place.aliceNetwork)
        place.server.state.withLock { $0.refusesMail = true }
        try await here.send("Later")
        #expect(try await place.alice.outstanding().count == 1)
        place.server.state.withLock { $0.refusesMail = false }
        try await place.alice.carryOut(over: place.aliceNetwork, at: .now)
        #expect(try await place.alice.outstanding().isEmpty)
        let there = place.bob.conversation(with: place.alice.jid, over: place.bobNetwork)
        #expect(try await there.read(place.only(place.server.takeMail())).text == "Later")
    }

    @Test func eventsAreToldToWhoListens() async throws {
        let place = try await Neighbourhood()
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
        place.alice.listen { continuation.yield($0) }
        try await place.alice.conversation(with: place.bob.jid, over: place.aliceNetwork).send("Hello")
        continuation.finish()
        var told: [Event] = []
        for await event in stream { told.append(event) }
        let bob = DeviceAddress(place.bob.jid, place.bob.device)
        #expect(told == [.device(bob, .new(place.bob.fingerprint)), .device(bob, .sessionStarted(.omemo2))])
    }
}

@Suite struct DraftTests {
    private func draft(_ place: Neighbourhood, _ text: String, isPartial: Bool = false) -> Draft {
        Draft(.text(text), to: [place.bob.jid], isPartial: isPartial)
    }

    @Test func manyDraftsFetchOnce() async throws {
        let place = try await Neighbourhood()
        let drafts = (0..<300).map { draft(place, "\($0)") }
        let results = try await place.alice.encrypt(drafts, over: place.aliceNetwork, at: .now)
        #expect(results.count == 300)
        #expect(place.server.calls("fetch bob@").count - 2 == 3)
        for result in results {
            guard case .success(.sealed(let messages, _)) = result else {
                Issue.record("not encrypted")
                continue
            }
            #expect(messages.map(\.version) == [.v2])
        }
        // What is to be known of a device is told once.
        #expect(results.flatMap { (try? $0.get().events) ?? [] }.count == 2)
    }

    /// One of two devices has no bundle: it is left out and named. Where its bundle cannot be fetched nobody knows, and
    /// nothing is encrypted unless that is allowed.
    @Test(arguments: [false, true]) func aDeviceWithoutBundle(isPartial: Bool) async throws {
        let place = try await Neighbourhood()
        let second = try DeviceID(99)
        place.server.state.withLock { state in
            var list = Element("devices", namespace: "urn:xmpp:omemo:2")
            for id in [place.bob.device, second] {
                list.append(Element("device", namespace: "urn:xmpp:omemo:2", attributes: ["id": id.description]))
            }
            state.nodes["bob@example.org urn:xmpp:omemo:2:devices"] = ["current": list]
        }
        let one = draft(place, "Hello", isPartial: isPartial)
        let sealed = try await place.alice.encrypt([one], over: place.aliceNetwork, at: .now)
        let told = try sealed[0].get().events
        #expect(told.contains(.device(DeviceAddress(place.bob.jid, second), .leftOut(.noBundle))))

        place.server.state.withLock { $0.failing = ["urn:xmpp:omemo:2:bundles"] }
        let again = try await place.alice.encrypt([one], over: place.aliceNetwork, at: .now)
        switch try again[0].get() {
        case .sealed: #expect(isPartial)
        case .refused(let error, _): #expect(error == .materialMissing && !isPartial)
        case .missing(let nodes): #expect(nodes.count == 1 && !isPartial, "what could not be fetched is missing still")
        }
    }
}

@Suite struct CarryingOutTests {
    /// A second device adds itself to the list that the first one has published.
    @Test func aListIsLookedAtBeforeItIsPublished() async throws {
        let place = try await Neighbourhood()
        let second = try Account(creating: place.alice.jid, device: DeviceID(4242), at: .now, in: MemoryStore())
        try await second.carryOut(over: place.aliceNetwork, at: .now)
        for list in ["urn:xmpp:omemo:2:devices", "eu.siacs.conversations.axolotl.devicelist"] {
            let published = place.server.state.withLock { $0.nodes["alice@example.org \(list)"]?["current"] }
            let ids = Set((published?.elements ?? []).compactMap { $0["id"] })
            #expect(ids == [place.alice.device.description, "4242"])
        }
        #expect(try await second.outstanding().isEmpty)
    }

    /// A list that could not be fetched is not overwritten, and is looked at again.
    @Test func aListThatCannotBeFetchedIsNotOverwritten() async throws {
        let place = try await Neighbourhood()
        let before = place.server.state.withLock { $0.nodes["alice@example.org urn:xmpp:omemo:2:devices"] }
        let second = try Account(creating: place.alice.jid, device: DeviceID(4242), at: .now, in: MemoryStore())
        place.server.state.withLock { $0.failing = ["urn:xmpp:omemo:2:devices"] }
        try await second.carryOut(over: place.aliceNetwork, at: .now)
        #expect(place.server.state.withLock { $0.nodes["alice@example.org urn:xmpp:omemo:2:devices"] } == before)
        #expect(try await second.outstanding().map(\.value) == [.fetchDeviceLists(place.alice.jid)])
        place.server.state.withLock { $0.failing = [] }
        try await second.carryOut(over: place.aliceNetwork, at: .now)
        let after = place.server.state.withLock { $0.nodes["alice@example.org urn:xmpp:omemo:2:devices"]?["current"] }
        #expect(after?.elements.count == 2)
    }

    /// A bundle that changes while it is published is published again: the prekeys of the first are used.
    @Test func whatChangesMeanwhileIsDoneAgain() async throws {
        let place = try await Neighbourhood()
        let hasty = Hasty(inner: place.bobNetwork, account: place.bob)
        try await place.bob.rotate(at: .now)
        let before = place.server.calls("publish").count
        try await place.bob.carryOut(over: hasty, at: .now)
        #expect(try await place.bob.outstanding().isEmpty)
        // both bundles, then both again as they are after the second rotation
        #expect(place.server.calls("publish").count - before >= 3)
        let published = place.server.state.withLock {
            $0.nodes["bob@example.org urn:xmpp:omemo:2:bundles"]?[place.bob.device.description]
        }
        let current = try await place.bob.publications([.v2]).map(\.payload)
        let id = { (element: Element?) in element?.elements.first { $0.name == "spk" }?["id"] }
        #expect(id(published) == id(current.first { $0.name == "bundle" }))
    }

    /// A network on which the account's keys are rotated while the first bundle is on its way.
    private struct Hasty: Network {
        let inner: TestNetwork
        let account: Account<MemoryStore>

        func fetch(_ node: Node) async -> Fetched { await inner.fetch(node) }
        func send(_ stanza: Element) async -> Bool { await inner.send(stanza) }
        func retract(_ node: Node) async -> Published { await inner.retract(node) }

        func publish(_ publication: Publication) async -> Published {
            let answer = await inner.publish(publication)
            if inner.server.calls("publish").count == 9 { try? await account.rotate(at: .now) }
            return answer
        }
    }
}

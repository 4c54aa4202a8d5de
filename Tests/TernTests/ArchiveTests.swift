// Catching up with an archive: messages by the thousand, in any order, with the copies that carbons and live delivery make.

import Tern
import TernCore
import TernOMEMO
import TernTestKit
import TernXML
import Testing

@Suite struct ArchiveTests {
    /// Several devices of the sender, sessions that begin while others are under way, answers in between: each text comes
    /// once, whatever came before it.
    @Test(arguments: [[Version.v2], [.v03], [.v2, .v03]], [1, 2])
    func thousandsInAnyOrderWithCopiesOnceEach(versions: [Version], seed: UInt64) async throws {
        let place = try await Neighbourhood()
        let desk = try Account(creating: place.bob.jid, at: .now, in: MemoryStore())
        try await desk.carryOut(over: place.bobNetwork, at: .now)
        try await place.alice.carryOut(over: place.aliceNetwork, at: .now)
        // Two who begin at once with one of a hundred prekeys would now and then draw the same.
        let bundles = place.server.bundles(of: place.alice.jid)
        var dice = Dice(seed: seed)
        var archive: [([EncryptedMessage], Incoming)] = []
        var said: [String] = []
        for number in 0..<1200 {
            let sender = number % 3 == 0 ? desk : place.bob
            if number < 2 { place.server.put(bundles, onlyPreKeys: { $0 % 2 == number }) }
            let draft = Draft(.text("message \(number)"), to: [place.alice.jid], versions: versions)
            let outcome = try await sender.encrypt([draft], over: place.bobNetwork, at: .now)
            guard case .success(.sealed(let messages, _))? = outcome.first, let first = messages.first else {
                Issue.record("\(outcome)")
                return
            }
            said.append("message \(number)")
            let incoming = Incoming(
                .element(first.element), from: JID(place.bob.jid), to: JID(place.alice.jid), origin: .archive)
            archive.append((messages, incoming))
            // Now and then Alice is there, reads what is new and answers, so that ratchets turn: no more often than copies
            // are told from forgeries.
            if number % 250 == 249 {
                let read = try await place.alice.decrypt([archive[number]], at: .now)
                guard let text = try read.first?.get().plaintext?.content.text else {
                    Issue.record("message \(number) was not read")
                    return
                }
                said.removeAll { $0 == text }
                if let receipt = try read.first?.get().receipt { try await place.alice.acknowledge([receipt]) }
                try await place.alice.carryOut(over: place.aliceNetwork, at: .now)
                for stanza in place.server.takeMail() where stanza["to"]?.hasPrefix("bob") == true {
                    for reader in [place.bob, desk] {
                        _ = try? await reader.read(stanza, over: place.bobNetwork)
                    }
                }
            }
        }
        // each twice or three times, shuffled: as pages, carbons and live messages come
        var pages = archive + archive + archive.filter { _ in dice.percent(50) }
        for place in pages.indices.dropFirst().reversed() { pages.swapAt(place, dice.below(place + 1)) }
        try await place.alice.beginCatchUp(at: .now)
        var texts: [String: Int] = [:]
        var refusals: [SessionError: Int] = [:]
        for start in stride(from: 0, to: pages.count, by: 100) {
            let page = Array(pages[start..<min(start + 100, pages.count)])
            let results = try await place.alice.decrypt(page, at: .now)
            var receipts: [TernCore.RowKey] = []
            for result in results {
                switch result {
                case .success(let decryption):
                    guard let receipt = decryption.receipt, let text = decryption.plaintext?.content.text else {
                        continue
                    }
                    if !decryption.isRepeated { texts[text, default: 0] += 1 }
                    receipts.append(receipt)
                case .failure(let error): refusals[error, default: 0] += 1
                }
            }
            try await place.alice.acknowledge(receipts)
        }
        try await place.alice.endCatchUp()
        #expect(Set(texts.keys) == Set(said))
        #expect(texts.values.allSatisfy { $0 == 1 })
        #expect(Set(refusals.keys).isSubset(of: [.duplicate]), "\(refusals)")
    }
}

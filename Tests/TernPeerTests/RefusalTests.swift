// Owns showing that neither Tern nor a foreign peer accepts what was changed on its way between them.

import Testing

import TernCore
import TernOMEMO
import TernTestKit
import TernXML

@Suite("What was changed on its way between Tern and a foreign peer", .foreignPeers)
struct RefusalTests {
    /// Copies of each message, each with another bit changed.
    private static let copies = 24

    /// Whether the message begins a session.
    enum Moment: CaseIterable, CustomTestStringConvertible, Sendable {
        case start, later

        var testDescription: String { self == .start ? "at the start" : "later" }
    }

    @Test(
        "Tern refuses it and stays byte for byte as it was", arguments: Pairing.all, Moment.allCases)
    func ternRefuses(_ pairing: Pairing, _ moment: Moment) throws {
        let both = try moment == .start ? pairing.neighbourhood() : pairing.acquainted()
        let jid = try both.stranger.address.jid
        var dice = Dice(seed: 7)
        let element = try both.encryptForTern("the truth")
        let image = both.tern.image
        for copy in try Damage.copies(of: element, for: both.tern.address, count: RefusalTests.copies, &dice) {
            let refusal = try both.tern.refusal(of: copy, from: jid)
            #expect(refusal == .unauthentic || refusal == .malformed || refusal == .tooFarAhead)
            #expect(both.tern.image == image)
        }
        #expect(try both.tern.decrypt([element], from: jid).plaintext?.content == .text("the truth"))
        #expect(try both.tern.refusal(of: element, from: jid) == .duplicate)
    }

    @Test(
        "The peer refuses it, keeps its prekeys, and reads the true one", arguments: Pairing.all, Moment.allCases)
    func peerRefuses(_ pairing: Pairing, _ moment: Moment) throws {
        let both = try moment == .start ? pairing.neighbourhood() : pairing.acquainted()
        var dice = Dice(seed: 7)
        let element = try both.encrypt("the truth").xml()
        let published = try both.stranger.bundle()
        for copy in try Damage.copies(
            of: element, for: try both.stranger.address, count: RefusalTests.copies, &dice)
        {
            let refusal = try both.stranger.refusal(of: copy, from: Neighbourhood.ternAccount)
            // A changed number may be further ahead than python-omemo looks, which is `other`.
            #expect(refusal == .unauthentic || refusal == .malformed || refusal == .other)
        }
        #expect(try both.stranger.bundle() == published)
        let opened = try both.stranger.decrypt(element, from: Neighbourhood.ternAccount)
        #expect(opened.text == "the truth" && opened.preKeyWasUsed == (moment == .start))
        #expect(try both.stranger.refusal(of: element, from: Neighbourhood.ternAccount) == .duplicate)
    }

    @Test("Neither takes what is for another device, or from another account", arguments: Pairing.all)
    func others(_ pairing: Pairing) throws {
        let both = try pairing.acquainted()
        let (image, jid) = (both.tern.image, try both.stranger.address.jid)
        let stranger = try TernDevice("other@example.org", 900, seed: 9)
        let element = try both.encryptForTern("for one")
        #expect(try stranger.refusal(of: element, from: jid) == .notForThisDevice)
        #expect(try both.tern.refusal(of: element, from: stranger.address.jid) == .noSession)
        #expect(both.tern.image == image)
        let ours = try both.encrypt("for the other").xml()
        #expect(try both.stranger.refusal(of: ours, from: "other@example.org") != nil)
        #expect(try both.tern.refusal(of: element, from: jid) == nil)
        #expect(try both.stranger.refusal(of: ours, from: Neighbourhood.ternAccount) == nil)
    }
}

// Planning on the side: what was opened and not committed has changed nothing, and is committed once at most.

import Foundation
import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

@Suite struct CommitTests {
    /// Where a message's key is found.
    enum Place: CaseIterable {
        case inChain, afterAGap, skipped, spare, turning
    }

    static func meeting(_ version: Version, _ place: Place) throws -> (Meeting.Box, [UInt8]) {
        var meeting = try Meeting(version, seed: 3_500, ternInitiates: true)
        meeting.peer.counting = .oneLess
        try meeting.turn()
        if place == .turning { try meeting.ternToPeer() }
        if place == .afterAGap { meeting.peer.lose(5) }
        let message = try meeting.peerSeals()
        if place == .skipped { try meeting.peerToTern() }
        if place == .spare { try meeting.turn() }
        return (Meeting.Box(meeting), message)
    }

    @Test(arguments: Version.allCases, Place.allCases)
    func whatIsDroppedChangesNothing(_ version: Version, _ place: Place) throws {
        let (box, message) = try CommitTests.meeting(version, place)
        let before = box.meeting.tern.snapshot()
        for _ in 0..<3 {
            let opened = try version.open(message.span, with: box.meeting.tern)
            let again = try version.open(message.span, with: box.meeting.tern)
            let texts = (opened.plaintext.exposed(), again.plaintext.exposed())
            #expect(texts.0.starts(with: Array("text".utf8)))
            #expect(texts.0 == texts.1)
        }
        let after = box.meeting.tern.snapshot()
        #expect(before == after)
        _ = try box.meeting.tern.receive(message, version)
        let repeated = box.meeting.tern.refusal(message, version)
        #expect(repeated == .duplicate)
        try box.meeting.turn()
    }

    /// What was sent between opening and committing stays sent, and what was opened can be committed.
    @Test(arguments: Version.allCases, [Place.inChain, .afterAGap, .skipped, .spare])
    func sendingInBetween(_ version: Version, _ place: Place) throws {
        let (box, message) = try CommitTests.meeting(version, place)
        let opened = try version.open(message.span, with: box.meeting.tern)
        try box.meeting.ternToPeer()
        _ = box.meeting.tern.commit(opened)
        let repeated = box.meeting.tern.refusal(message, version)
        #expect(repeated == .duplicate)
        try box.meeting.ternToPeer()
        try box.meeting.turn()
    }

    /// A turn that was planned, then a message sent in the old chain: the length of that chain is told rightly.
    @Test(arguments: Version.allCases)
    func sendingBeforeATurnIsCommitted(_ version: Version) throws {
        let (box, message) = try CommitTests.meeting(version, .turning)
        let opened = try version.open(message.span, with: box.meeting.tern)
        let late = try box.meeting.ternSeals([9])
        _ = box.meeting.tern.commit(opened)
        try box.meeting.turn()
        let text = try box.meeting.peer.open(late)
        #expect(text == [9])
    }

    /// The second of two that were opened was planned on a state that is gone.
    @Test func committingTwoOfOneStateStops() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let (box, message) = try CommitTests.meeting(.v2, .inChain)
            let first = try Version.v2.open(message.span, with: box.meeting.tern)
            let second = try Version.v2.open(message.span, with: box.meeting.tern)
            _ = box.meeting.tern.commit(first)
            _ = box.meeting.tern.commit(second)
        }
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains("the session has moved on"))
    }

    /// What one session opened is nothing to another, although both are as far.
    @Test func committingToAnotherSessionStops() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let (box, message) = try CommitTests.meeting(.v2, .inChain)
            let (other, _) = try CommitTests.meeting(.v2, .inChain)
            let opened = try Version.v2.open(message.span, with: box.meeting.tern)
            _ = other.meeting.tern.commit(opened)
        }
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains("or is another"))
    }
}

extension Meeting {
    /// A meeting in a place where tuples can hold it.
    final class Box {
        var meeting: Meeting

        init(_ meeting: consuming Meeting) {
            self.meeting = meeting
        }
    }
}

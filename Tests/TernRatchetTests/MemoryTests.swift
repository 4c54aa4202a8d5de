// What a peer can make a session hold in memory: authenticated gaps, and forgeries by the ten thousand.

import Foundation
import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

@Suite struct MemoryTests {
    /// Gaps of which all but one message arrive after all: what is kept is what is missing, never the gaps. The seeds take
    /// at most four times the 32 bytes of each key, so those of a session at most 128 KB.
    @Test(arguments: Version.allCases)
    func sparseGaps(_ version: Version) throws {
        var meeting = try Meeting(version, seed: 6600, ternInitiates: true)
        try meeting.ternToPeer()
        var missing: [[UInt8]] = []
        for round in 0..<12 {
            var gap: [[UInt8]] = []
            for _ in 0..<150 { gap.append(try meeting.peerSeals()) }
            try meeting.peerToTern()
            missing.append(gap.remove(at: round * 12))
            gap.shuffle()
            for message in gap { _ = try meeting.tern.receive(message, version) }
            if round % 5 == 4 { try meeting.turn() }
            let (kept, size) = (meeting.tern.skippedCount, meeting.tern.skippedSize)
            #expect(kept == missing.count)
            #expect(size <= 4 * 32 * kept)
        }
        try meeting.restart()
        let (kept, size) = (meeting.tern.skippedCount, meeting.tern.skippedSize)
        #expect(kept == missing.count)
        #expect(size <= 4 * 32 * kept)
        for message in missing.shuffled() {
            _ = try meeting.tern.receive(message, version)
            let repeated = meeting.tern.refusal(message, version)
            #expect(repeated == .duplicate)
        }
        let (left, rest) = (meeting.tern.skippedCount, meeting.tern.skippedSize)
        #expect(left == 0)
        #expect(rest == 0)
    }

    /// Forged messages leave no memory behind, however far ahead they claim to be.
    @Test func forgedMessages() async {
        await #expect(processExitsWith: .success) {
            var meeting = try Meeting(.v2, seed: 6700, ternInitiates: true)
            try meeting.turn()
            let genuine = try meeting.peerSeals()
            let before = meeting.tern.snapshot()
            let header = try #require(Spelling(.v2).read(genuine)?.header)
            func forge(_ count: Int) {
                for number in 0..<count {
                    let index = header.index + UInt32(number % 20)
                    let claimed = Textbook.Header(ratchetKey: header.ratchetKey, index: index, previousLength: 0)
                    let refusal = meeting.tern.refusal(Spelling(.v2).forged(claimed), .v2)
                    #expect(refusal == .unauthentic)
                }
            }
            forge(500)
            let start = try residentPages()
            forge(12_000)
            let end = try residentPages()
            #expect(end - start < 512, "\(end - start) pages more")
            let after = meeting.tern.snapshot()
            #expect(before == after)
        }
    }
}

/// The process's resident memory, in pages of 4 KB.
private func residentPages() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return try #require(Int(fields[1]))
}

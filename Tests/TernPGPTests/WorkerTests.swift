// Owns that a process which has grown lets a small one call gpgme, with the same outcome.

import Foundation
import Glibc
import Testing

import TernCore
import TernCrypto
import TernPGP
import TernTestKit

@Suite(.serialized) struct WorkerTests {
    private let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970) * 1000)

    /// Processes of ours that do nothing but call gpgme; other tests of this process may have some by now.
    private func workers() -> Int {
        let own = "\(ProcessInfo.processInfo.processIdentifier)"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { name in
            guard Int(name) != nil, let line = try? String(contentsOfFile: "/proc/\(name)/cmdline", encoding: .utf8),
                line.contains("openpgp-worker"),
                let status = try? String(contentsOfFile: "/proc/\(name)/status", encoding: .utf8)
            else { return false }
            return status.contains("PPid:\t\(own)\n")
        }.count
    }

    @Test func aSmallProcessDoesTheSame() async throws {
        // so much memory that a copy of its tables takes longer than a message
        let memory = [UInt8](repeating: 1, count: 200 << 20)
        GPGWorker.register([BuiltPrograms.path(of: "tern").path, "openpgp-worker"])
        defer { GPGWorker.register([]) }
        try await GnuPGRig.use { rig in
            let session = try rig.session()
            let sealed = try await run(session, at: now) { try $0.encrypt(.text("hello"), at: now) }.last
            let stanza = try #require(sealed.outbound.first).stanza(id: "1")
            #expect(workers() > 0)
            let copy = Incoming(.element(stanza), from: JID(rig.bob), to: JID(rig.alice), origin: .carbon)
            let read = try await run(session, at: now) { try $0.decrypt(copy, at: now) }.last
            #expect(read.plaintext?.content.text == "hello")

            // what fails there fails here, and in the same way
            let incoming = try rig.incoming([0, 1, 2])
            #expect(try await run(session, at: now) { try $0.decrypt(incoming, at: now) }.last.failure == .malformed)
            let zeros = [UInt8](repeating: 0x20, count: 20_000_000)
            let bomb = try rig.gpg("a", ["-z", "9", "-s", "-e", "-u", rig.aliceKey, "-r", rig.bobKey], zeros)
            let unfolding = try rig.incoming(bomb)
            #expect(
                try await run(session, at: now) { try $0.decrypt(unfolding, at: now) }.last.failure == .limitExceeded)
            #expect(workers() > 0)
        }
        #expect(memory.count == 200 << 20)
    }

    /// What other threads have open goes to no program of ours: one that lives long would keep a pipe open whose end
    /// somebody waits for, and two that wait for each other never end.
    @Test func noProgramKeepsWhatOthersHaveOpen() async throws {
        var ends: [Int32] = [-1, -1]
        #expect(unsafe pipe(&ends) == 0)
        defer { close(ends[0]) }
        try await GnuPGRig.use { rig in
            let session = try rig.session()
            _ = try await run(session, at: now) { try $0.encrypt(.text("hello"), at: now) }.last
            close(ends[1])
            var waiting = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            #expect(unsafe poll(&waiting, 1, 0) == 1)
            #expect(waiting.revents & Int16(POLLHUP) != 0)
        }
    }
}

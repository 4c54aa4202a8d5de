// Owns that the servers of a domain are found as RFC 2782 says. The name server here is a socket on loopback.

import Glibc
import Testing

@testable import TernTransport

@Suite struct ServerDirectoryTests {
    /// Answers so many questions with the records for each name, and with none for others.
    private final class NameServer: Sendable {
        private let socket: Int32
        let port: UInt16

        init(_ records: [String: [(UInt16, UInt16, UInt16, String)]]) throws {
            let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = unsafe withUnsafeMutablePointer(to: &address) { address in
                unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    guard unsafe bind(socket, address, length) == 0 else { return Int32(-1) }
                    return unsafe getsockname(socket, address, &length)
                }
            }
            try #require(status == 0)
            (self.socket, port) = (socket, UInt16(bigEndian: address.sin_port))
            var thread = pthread_t()
            let work = unsafe Unmanaged.passRetained(Work(socket, records))
            unsafe pthread_create(
                &thread, nil,
                { work in
                    guard let work = unsafe work else { return nil }
                    unsafe Unmanaged<Work>.fromOpaque(work).takeRetainedValue().serve()
                    return nil
                }, unsafe work.toOpaque())
            pthread_detach(thread)
        }

        deinit { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    private final class Work: Sendable {
        private let socket: Int32
        private let records: [String: [(UInt16, UInt16, UInt16, String)]]

        init(_ socket: Int32, _ records: [String: [(UInt16, UInt16, UInt16, String)]]) {
            (self.socket, self.records) = (socket, records)
        }

        func serve() {
            defer { close(socket) }
            while true {
                var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
                guard unsafe poll(&waiting, 1, 300_000) == 1 else { return }
                var question = [UInt8](repeating: 0, count: 512)
                var sender = sockaddr_in()
                var length = socklen_t(MemoryLayout<sockaddr_in>.size)
                let count = unsafe withUnsafeMutablePointer(to: &sender) { sender in
                    unsafe sender.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        unsafe recvfrom(socket, &question, 512, 0, $0, &length)
                    }
                }
                guard count > 16 else { return }
                let answer = answer(to: Array(question[..<count]))
                _ = unsafe withUnsafePointer(to: &sender) { sender in
                    unsafe sender.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        unsafe sendto(socket, answer, answer.count, 0, $0, length)
                    }
                }
            }
        }

        /// RFC 1035 §4.
        private func answer(to question: [UInt8]) -> [UInt8] {
            var place = 12
            var labels: [String] = []
            while question[place] != 0 {
                let end = place + 1 + Int(question[place])
                labels.append(String(decoding: question[(place + 1)..<end], as: UTF8.self))
                place = end
            }
            let found = records[labels.joined(separator: ".")]
            let asked = Array(question[12..<(place + 5)])
            let code: UInt8 = found == nil ? 3 : 0
            var answer =
                Array(question[..<2]) + [0x81, 0x80 | code, 0, 1] + word(UInt16(found?.count ?? 0)) + [0, 0, 0, 0]
            answer += asked
            for (priority, weight, port, target) in found ?? [] {
                var name: [UInt8] = []
                for label in target.split(separator: ".") { name += [UInt8(label.utf8.count)] + Array(label.utf8) }
                name.append(0)
                let data = word(priority) + word(weight) + word(port) + name
                answer += [0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 60] + word(UInt16(data.count)) + data
            }
            return answer
        }

        private func word(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
    }

    @Test func serversComeByPriorityAndWithTLSFirst() async throws {
        let server = try NameServer([
            "_xmpp-client._tcp.example.org": [(10, 0, 5222, "b.example.org"), (5, 0, 5223, "a.example.org")],
            "_xmpps-client._tcp.example.org": [(10, 0, 443, "d.example.org")],
        ])
        defer { withExtendedLifetime(server) {} }
        let found = await ServerDirectory(nameServer: server.port).servers(of: "example.org")
        #expect(
            found == [
                ServerAddress(host: "a.example.org", port: 5223, isDirect: false),
                ServerAddress(host: "d.example.org", port: 443, isDirect: true),
                ServerAddress(host: "b.example.org", port: 5222, isDirect: false),
            ])
    }

    @Test func aDomainWithoutRecordsIsItsOwnServer() async throws {
        let server = try NameServer([:])
        defer { withExtendedLifetime(server) {} }
        let found = await ServerDirectory(nameServer: server.port).servers(of: "example.org")
        #expect(found == [ServerAddress(host: "example.org", port: 5222, isDirect: false)])
    }

    @Test func aDomainThatSaysNoHasNone() async throws {
        let server = try NameServer(["_xmpp-client._tcp.example.org": [(0, 0, 0, ".")]])
        defer { withExtendedLifetime(server) {} }
        #expect(await ServerDirectory(nameServer: server.port).servers(of: "example.org").isEmpty)
    }

    /// RFC 2782: a weight of 30 comes first three times as often as one of 10.
    @Test func weightsAreKept() {
        let records = [
            ServerRecord(priority: 1, weight: 10, port: 1, target: "a"),
            ServerRecord(priority: 1, weight: 30, port: 2, target: "b"),
            ServerRecord(priority: 0, weight: 0, port: 3, target: "c"),
        ]
        var chance = Sequence()
        var first = 0
        for _ in 0..<10_000 {
            let ordered = ServerDirectory.ordered(records, using: chance)
            chance.state = chance.next()
            #expect(ordered.count == 3 && ordered[0].target == "c")
            if ordered[1].target == "b" { first += 1 }
        }
        // 30 of the 41 numbers from 0 to 40 are the heavier one's
        #expect((7100...7550).contains(first))
    }

    /// Numbers that are the same each time (SplitMix64).
    private struct Sequence: RandomNumberGenerator {
        var state: UInt64 = 1

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}

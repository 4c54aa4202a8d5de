// Owns a foreign implementation's process: requests in, answers out, each within a time limit, and its end.
// It must not know what the requests mean; Tests/Peers/README.md has the protocol.

import Foundation
import Glibc
import Testing

import TernJSON

/// A program of `Tests/Peers` that is running. It ends with `end()`, or by force when nobody holds it any more.
///
/// It is handed from one test to the next, and used by one at a time.
final class ForeignPeer: @unchecked Sendable {
    private let process = Process()
    private let requests = Pipe()
    private let answers = Pipe()
    private var unread: [UInt8] = []
    private var asked = 0

    /// The program's name.
    let program: String
    /// Whether it has answered everything.
    private(set) var isSound = true

    /// The process, for as long as it runs.
    let id: pid_t

    /// Starts the program of that name in the folder that `TERN_PEERS` names.
    convenience init(_ implementation: Implementation) throws {
        try self.init(program: implementation.rawValue)
    }

    /// Starts the program of that name in the folder that `TERN_PEERS` names.
    init(program: String) throws {
        guard let folder = ForeignPeer.folder else { throw Failure.notSetUp }
        self.program = program
        process.executableURL = URL(filePath: folder).appending(path: program)
        process.standardInput = requests
        process.standardOutput = answers
        try process.run()
        id = process.processIdentifier
        // a request may be longer than what a pipe takes at once
        let flags = fcntl(requests.fileHandleForWriting.fileDescriptor, F_GETFL)
        _ = fcntl(requests.fileHandleForWriting.fileDescriptor, F_SETFL, flags | O_NONBLOCK)
    }

    deinit {
        stop()
    }

    /// Sends a request and reads its answer; one that is not `ok` is thrown as a refusal.
    @discardableResult
    func ask(
        _ operation: String, _ members: KeyValuePairs<String, JSONValue> = [:], within limit: Duration = .seconds(30)
    ) throws -> JSONObject {
        asked += 1
        var request = JSONObject(members.map { JSONObject.Member(name: $0.key, value: $0.value) })
        request["op"] = .string(operation)
        request["id"] = .number(String(asked))
        let end = ContinuousClock.now + limit
        isSound = false
        try write(Array((JSONValue.object(request).text + "\n").utf8), until: end)
        guard case .object(let answer) = try JSONReader.read(readLine(until: end)), answer["id"]?.integer == asked
        else { throw Failure.unreadable }
        isSound = true
        guard answer["ok"] == true else {
            let refusal = Refusal(rawValue: answer["error"]?.string ?? "") ?? .other
            throw Failure.refused(refusal, answer["message"]?.string ?? "")
        }
        return answer
    }

    /// Lets the program end by itself, and says how it went.
    func end(within limit: Duration = .seconds(30)) throws -> Int32 {
        try ask("quit", within: limit)
        let end = ContinuousClock.now + limit
        while process.isRunning {
            guard ContinuousClock.now < end else { throw Failure.tooSlow }
            usleep(2_000)
        }
        return process.terminationStatus
    }

    /// Ends the process whatever it does.
    func stop() {
        guard process.isRunning else { return }
        kill(id, SIGKILL)
        process.waitUntilExit()
    }

    private func write(_ bytes: [UInt8], until end: ContinuousClock.Instant) throws {
        let descriptor = requests.fileHandleForWriting.fileDescriptor
        var rest = bytes[...]
        while !rest.isEmpty {
            try ForeignPeer.wait(for: descriptor, POLLOUT, until: end)
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EAGAIN else { throw Failure.ended }
            rest = rest.dropFirst(max(count, 0))
        }
    }

    private func readLine(until end: ContinuousClock.Instant) throws -> [UInt8] {
        let descriptor = answers.fileHandleForReading.fileDescriptor
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var searched = 0
        while true {
            if let feed = unread[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeFirst(feed + 1) }
                return Array(unread[..<feed])
            }
            searched = unread.count
            try ForeignPeer.wait(for: descriptor, POLLIN, until: end)
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Failure.ended }
            unread += chunk[..<count]
        }
    }

    /// Waits until a pipe is ready. A pipe that nobody reads any more is an error here, before a write would end us.
    private static func wait(for descriptor: Int32, _ event: Int32, until end: ContinuousClock.Instant) throws {
        var waiting = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        var ready: Int32
        repeat {
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else { throw Failure.tooSlow }
            ready = unsafe poll(&waiting, 1, Int32(clamping: Int64(left / .milliseconds(1)) + 1))
        } while ready < 0 && errno == EINTR
        if ready == 0 { throw Failure.tooSlow }
        if ready < 0 || Int32(waiting.revents) & POLLERR != 0 { throw Failure.ended }
    }
}

extension ForeignPeer {
    /// The programs that speak OMEMO.
    enum Implementation: String, CaseIterable, CustomTestStringConvertible, Sendable {
        case pythonOMEMO = "python-omemo"
        case libOMEMOC = "libomemo-c"

        var testDescription: String { rawValue }
    }

    /// The programs that speak OTR.
    enum OTRImplementation: String, CaseIterable, CustomTestStringConvertible, Sendable {
        case libotr, potr

        var testDescription: String { rawValue }
    }

    /// Why a message was refused, in the protocol's classes.
    enum Refusal: String, Sendable {
        case unauthentic, duplicate, noSession, malformed, notForThisDevice, other
    }

    /// Why there is no answer, or none that is `ok`.
    enum Failure: Error {
        case notSetUp
        case ended
        case tooSlow
        case unreadable
        case refused(Refusal, String)
    }

    static var folder: String? {
        ProcessInfo.processInfo.environment["TERN_PEERS"].flatMap { $0.isEmpty ? nil : $0 }
    }

    static var isSetUp: Bool { folder != nil }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test, with the reason, where the foreign peers are not set up.
    static var foreignPeers: Self {
        .enabled(
            if: ForeignPeer.isSetUp, "TERN_PEERS names no folder with the foreign peers; Tests/Peers/setup makes one")
    }
}

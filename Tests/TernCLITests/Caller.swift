// Owns talking to a running `tern rpc`, with a limit for every wait. It must not know what a test is about.

import Foundation
import TernJSON
import Testing

/// A process that holds a store, and a line to it.
final class Caller {
    let path: String
    private let process = Process()
    private let line: Line

    init(_ stores: Stores, _ store: String) throws {
        path = stores.path("socket-\(store)")
        process.executableURL = Command.folder.appending(path: "tern")
        process.arguments = ["--store", stores.path(store), "rpc", "--socket", path]
        process.standardInput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        // it says when it listens
        let said = errors.fileHandleForReading.availableData
        guard String(decoding: said, as: UTF8.self).contains("listening") else {
            throw Failure(what: String(decoding: said, as: UTF8.self))
        }
        line = try Line(path)
    }

    struct Failure: Error {
        let what: String
    }

    func call(_ method: String, _ parameters: JSONValue = [:]) throws -> JSONValue {
        try line.call(method, parameters)
    }

    /// Asks it to end, and waits until it has.
    func end() throws {
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    }

    /// Has it stand still, as a process that hangs.
    func pause() { Foundation.kill(process.processIdentifier, SIGSTOP) }

    /// Has it go on.
    func resume() { Foundation.kill(process.processIdentifier, SIGCONT) }

    /// Ends it as a crash would.
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    deinit {
        if process.isRunning { kill() }
    }
}

/// A connection to a socket.
final class Line {
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private var last = 0

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw Caller.Failure(what: "no connection") }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    deinit { hangUp() }

    func hangUp() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    func send(_ method: String, _ parameters: JSONValue, id: JSONValue? = nil) throws {
        last += 1
        let call: JSONValue = [
            "jsonrpc": "2.0", "id": id ?? .number(String(last)), "method": .string(method), "params": parameters,
        ]
        try write(call)
    }

    /// Says nothing more, and may go on reading.
    func stopSpeaking() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Reading has no limit.
    func waitForever() {
        var limit = timeval(tv_sec: 0, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Ends the connection for both sides, also under a thread that reads.
    func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    func write(_ value: JSONValue) throws {
        let bytes = Array((value.text + "\n").utf8)
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.send(
                    descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Caller.Failure(what: "it does not read") }
            written += count
        }
    }

    func read() throws -> JSONValue {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                defer { buffer.removeSubrange(...end) }
                return try JSONReader.read(Array(buffer[..<end]))
            }
            let chunk = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { memory, count in
                count = unsafe max(0, recv(descriptor, memory.baseAddress, memory.count, 0))
            }
            guard !chunk.isEmpty else { throw Caller.Failure(what: "it says nothing") }
            buffer += chunk
        }
    }

    func call(_ method: String, _ parameters: JSONValue = [:]) throws -> JSONValue {
        try send(method, parameters)
        return try read()
    }
}

/// Threads for what waits: those for tasks are few.
enum Threads {
    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
        }
    }
}

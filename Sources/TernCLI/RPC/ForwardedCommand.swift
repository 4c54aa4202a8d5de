// Owns doing a command for another process, on its streams. It must not know what the command does.

internal import ArgumentParser
internal import Dispatch
internal import Glibc
internal import Synchronization
internal import TernInput
internal import TernJSON

/// A command that came from another process.
struct ForwardedCommand: Sendable {
    /// What a holder says first.
    static let greeting = "tern"

    private let arguments: [String]
    private let folder: String
    private let environment: [String: String]
    private let streams: [Int32]

    /// Receives one.
    /// - Returns: Nothing for what is none.
    init?(from caller: Int32) {
        // who connects and says nothing takes nobody's place for long
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        unsafe setsockopt(caller, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard ForwardedCommand.say(ForwardedCommand.greeting, to: caller) else { return nil }
        guard let streams = DescriptorMail.receive(from: caller) else { return nil }
        self.streams = (0..<3).map { streams[$0] }
        guard let input = try? InputStream(descriptor: caller), let order = ForwardedCommand.order(input),
            let arguments = order["arguments"]?.array?.compactMap(\.string), let folder = order["folder"]?.string,
            let variables = order["environment"]?.object
        else {
            for stream in self.streams { close(stream) }
            return nil
        }
        self.arguments = arguments
        self.folder = folder
        environment = Dictionary(
            variables.members.compactMap { member in member.value.string.map { (member.name, $0) } },
            uniquingKeysWith: { $1 })
    }

    private static func order(_ input: consuming InputStream) -> JSONObject? {
        var lines = LineReader(input, limit: 1 << 20)
        guard let line = try? lines.next() else { return nil }
        return try? JSONReader.read(line).object
    }

    /// Does it on this thread, and tells the caller how it ended.
    func run(_ held: HeldStore, telling caller: Int32) {
        defer { for stream in streams { close(stream) } }
        // who has waited too long has gone, and has said that it was not done
        guard ForwardedCommand.isThere(caller), ForwardedCommand.say("taken", to: caller) else { return }
        let pulse = DispatchSource.makeTimerSource(queue: .global())
        pulse.schedule(deadline: .now() + 1, repeating: 1)
        let task = Mutex<Task<Void, Never>?>(nil)
        // nobody wants any more what somebody who has gone asked for
        pulse.setEventHandler {
            if !ForwardedCommand.say("alive", to: caller) { task.withLock { $0?.cancel() } }
        }
        pulse.activate()
        let status = ThreadExecutor.run { begun in
            task.withLock { $0 = begun }
        } _: {
            await execute(held, caller)
        }
        pulse.cancel()
        ForwardedCommand.say(String(status.rawValue), to: caller)
    }

    /// - Returns: The exit code.
    private func execute(_ held: HeldStore, _ caller: Int32) async -> ExitStatus {
        let workplace = Workplace(
            input: { [input = streams[0]] () throws(InputError) in
                try InputStream(standardInput: input, until: caller)
            },
            output: OutputStream(streams[1]), errors: OutputStream(streams[2]), folder: folder,
            environment: { environment[$0].flatMap { $0.isEmpty ? nil : $0 } }, held: held)
        guard let command = (try? TernTool.parseAsRoot(arguments)) as? any StoreCommand else { return .usage }
        let console = Console(command.options, in: workplace)
        defer { held.settle() }
        do throws(CommandFailure) {
            let status = try await command.execute(console)
            try console.finish()
            return status
        } catch {
            console.report(error)
            return error.status
        }
    }

    private static func isThere(_ caller: Int32) -> Bool {
        var request = pollfd(fd: caller, events: 0, revents: 0)
        return unsafe poll(&request, 1, 0) == 0
    }

    @discardableResult
    private static func say(_ word: String, to caller: Int32) -> Bool {
        let bytes = Array((word + "\n").utf8)
        return unsafe bytes.withUnsafeBytes { bytes in
            unsafe send(caller, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
                == bytes.count
        }
    }
}

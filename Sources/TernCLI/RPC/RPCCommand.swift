// Owns `tern rpc`: a process that holds a store and does for others what commands do. It must not know what they are.

internal import ArgumentParser
internal import Dispatch
internal import class Foundation.Thread
internal import Glibc
internal import Synchronization
internal import Tern
internal import TernInput
internal import TernStore

/// `tern rpc`.
struct RPCCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "rpc", abstract: "Do what other commands do for as long as somebody calls.",
        discussion: """
            Holds the store open and answers JSON-RPC 2.0, a value a line: on standard input and output, or for several \
            callers of this user on a socket. Methods are called as commands, with points: 'contact.show'; their parameters \
            as options and arguments. What would come from a file goes by a name of its own: 'text', 'stanza', 'items', or \
            'messages' for many at once. rpc.discover describes all of them, 'cancel' takes a call back.

            It ends when standard input does, or on SIGTERM, after the calls that are under way.

            Example:
              echo '{"jsonrpc":"2.0","id":1,"method":"account.list"}' | tern rpc --stdio
            """)

    @Flag(help: "Serve the one who started this, on standard input and output.")
    var stdio = false

    @Option(help: ArgumentHelp("Serve callers on a socket at this path, for its owner alone.", valueName: "path"))
    var socket: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard stdio != (socket != nil) else { throw ValidationError("Either --stdio or --socket has to be given") }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let file = try options.openStore(in: console.workplace)
        let path = RPCCommand.absolute(try options.storeFolder(in: console.workplace))
        let desk = try RPCDesk(HeldStore(file, at: path))
        // a caller who has gone is told by a failure to write
        signal(SIGPIPE, SIG_IGN)
        guard let socket else {
            try await serve(desk, console)
            return .success
        }
        let listener = try RPCSocket(at: console.workplace.path(socket))
        let hall = RPCHall(desk, listener)
        let signals = hall.watch()
        // who reads this may call, and may end it
        console.note("listening on \(socket)")
        await hall.serve()
        for signal in signals { signal.cancel() }
        return .success
    }

    private func serve(_ desk: RPCDesk, _ console: Console) async throws(CommandFailure) {
        let input: InputStream
        do throws(InputError) { input = try console.workplace.open(nil) } catch { throw CommandFailure(error) }
        let session = RPCSession(desk, output: RPCOutput(STDOUT_FILENO))
        let taken = Mutex<InputStream?>(input)
        let box = InputBox(taken)
        await RPCHall.onThread {
            if let input = box.take() { session.serve(input) }
        }
    }

    private static func absolute(_ path: String) -> String {
        guard let resolved = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }
}

/// An input on its way to the thread that reads it.
private final class InputBox: Sendable {
    private let input: Mutex<InputStream?>

    init(_ input: consuming Mutex<InputStream?>) {
        self.input = input
    }

    func take() -> InputStream? {
        input.withLock { $0.take() }
    }
}

/// All callers of a socket.
final class RPCHall: Sendable {
    /// Callers at once.
    private static let limit = 64

    private let desk: RPCDesk
    private let listener: RPCSocket
    private let callers = Mutex<Set<Int32>>([])
    private let gone = DispatchGroup()

    init(_ desk: RPCDesk, _ listener: RPCSocket) {
        self.desk = desk
        self.listener = listener
    }

    /// Has the process end by way of this, from now on.
    func watch() -> [any DispatchSourceSignal] {
        [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { self.end() }
            source.activate()
            return source
        }
    }

    /// Serves until the process is asked to end; then the calls that are under way are finished.
    func serve() async {
        await RPCHall.onThread { self.acceptAll() }
    }

    private func acceptAll() {
        while let caller = listener.accept() {
            let isWelcome = callers.withLock { callers in
                guard callers.count < RPCHall.limit else { return false }
                callers.insert(caller)
                return true
            }
            guard isWelcome, let input = try? InputStream(descriptor: caller) else {
                close(caller)
                continue
            }
            gone.enter()
            let box = InputBox(Mutex(input))
            Thread.detachNewThread {
                if let input = box.take() { RPCSession(self.desk, output: RPCOutput(caller)).serve(input) }
                self.callers.withLock { _ = $0.remove(caller) }
                close(caller)
                self.gone.leave()
            }
        }
        gone.wait()
    }

    private func end() {
        listener.shut()
        callers.withLock { for caller in $0 { shutdown(caller, Int32(SHUT_RD)) } }
    }

    /// Does something that waits, on a thread of its own: those for tasks are few.
    static func onThread(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                body()
                continuation.resume()
            }
        }
    }
}

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

            Who attaches as the network of an account is asked to fetch, publish and send for it, and 'encrypt' then fetches \
            what it lacks; who subscribes is told of events. Where there is no store, an empty one is made.

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
        let file = try options.openOrCreateStore(asking: false, in: console.workplace)
        let desk = try RPCDesk(HeldStore(file, at: try options.storeFolder(in: console.workplace)))
        // a caller who has gone is told by a failure to write
        signal(SIGPIPE, SIG_IGN)
        let door = try RPCHall.door(of: desk.held)
        guard let socket else {
            door.begin()
            let ending = try EndingSignals.descriptor()
            await RPCHall.onThread {
                guard let input = try? InputStream(standardInput: STDIN_FILENO, until: ending) else { return }
                RPCSession(desk, output: RPCOutput(STDOUT_FILENO)).serve(input)
            }
            door.end()
            await RPCHall.onThread { door.wait() }
            return .success
        }
        let hall = try RPCHall(RPCSocket(at: console.workplace.path(socket))) { caller in
            guard let input = try? InputStream(descriptor: caller) else { return }
            RPCSession(desk, output: RPCOutput(caller)).serve(input)
        }
        try EndingSignals.take { hall.end() }
        // who reads this may call, and may end it
        console.note("listening on \(socket)")
        door.begin()
        hall.begin()
        await RPCHall.onThread { hall.wait() }
        door.end()
        await RPCHall.onThread { door.wait() }
        return .success
    }
}

/// All callers of a socket, each with a thread of its own.
final class RPCHall: Sendable {
    /// Callers at once.
    private static let limit = 64

    private let listener: RPCSocket
    private let welcome: @Sendable (Int32) -> Void
    private let callers = Mutex(Callers())
    private let gone = DispatchGroup()

    private struct Callers {
        var present: Set<Int32> = []
        var isOver = false
    }

    /// - Parameter welcome: Deals with a caller to the end. The descriptor is closed afterwards.
    init(_ listener: consuming RPCSocket, _ welcome: @escaping @Sendable (Int32) -> Void) {
        self.listener = listener
        self.welcome = welcome
    }

    /// Where other commands come on a held store, instead of failing.
    static func door(of held: HeldStore) throws(CommandFailure) -> RPCHall {
        try RPCHall(RPCSocket(at: held.path + "/" + Forwarding.name)) { caller in
            ForwardedCommand(from: caller)?.run(held, telling: caller)
        }
    }

    /// Lets callers in until ``end()``.
    func begin() {
        gone.enter()
        Thread.detachNewThread {
            self.acceptAll()
            self.gone.leave()
        }
    }

    private func acceptAll() {
        while let caller = listener.accept() {
            let isWelcome = callers.withLock { callers in
                guard callers.present.count < RPCHall.limit else { return false }
                callers.present.insert(caller)
                // who had come before the end is still heard as far as they have spoken
                if callers.isOver { shutdown(caller, Int32(SHUT_RD)) }
                return true
            }
            guard isWelcome else {
                RPCOutput(caller).write(
                    RPCFault(.command(.limitExceeded), "there are too many callers", of: nil).json)
                close(caller)
                continue
            }
            gone.enter()
            Thread.detachNewThread {
                self.welcome(caller)
                self.callers.withLock { _ = $0.present.remove(caller) }
                close(caller)
                self.gone.leave()
            }
        }
    }

    /// Waits until nobody is let in any more, and those who were have gone.
    func wait() {
        gone.wait()
    }

    /// Lets nobody in any more, and hears nothing more from those who are.
    func end() {
        listener.shut()
        callers.withLock { callers in
            callers.isOver = true
            for caller in callers.present {
                // who does not read what is still said to them keeps nobody waiting for long
                var limit = timeval(tv_sec: 3, tv_usec: 0)
                unsafe setsockopt(caller, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
                shutdown(caller, Int32(SHUT_RD))
            }
        }
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

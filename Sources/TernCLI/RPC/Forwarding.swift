// Owns giving a command to the process that holds its store. It must not know what the command does.
//
// What goes over the socket: the caller's streams as descriptors, then one line of JSON with the arguments, the working folder
// and the environment that matters. The holder does the command on these streams and answers with a line that has the exit
// code; until then it says every second that it is alive.

internal import Glibc
internal import TernInput
internal import TernJSON

/// A command that works on a store: it goes to whoever holds it.
protocol StoreCommand: TernCommand {
    /// Asks a person what has to be asked, before the command goes to a process that cannot.
    /// - Returns: What is added to the arguments.
    func confirm() throws(CommandFailure) -> [String]
}

extension StoreCommand {
    /// Most have nothing to ask.
    func confirm() throws(CommandFailure) -> [String] { [] }
}

/// A command that a person has to mean.
protocol ConfirmedCommand: StoreCommand {
    /// Whether nobody is asked.
    var yes: Bool { get }
    /// What follows from it, and what to say where it is not meant.
    var question: (warning: String, otherwise: String) { get }
}

extension ConfirmedCommand {
    func confirm() throws(CommandFailure) -> [String] {
        guard !yes else { return [] }
        try Confirmation.require(question.warning, otherwise: question.otherwise, mayAsk: !options.noInput)
        return ["--yes"]
    }

    /// Asks where nobody has been asked.
    func makeSure(_ console: Console) throws(CommandFailure) {
        guard !yes else { return }
        try Confirmation.require(
            question.warning, otherwise: question.otherwise,
            mayAsk: !options.noInput && console.workplace.held == nil)
    }
}

/// A command on its way to the holder of its store.
struct Forwarding: ~Copyable {
    /// The name of the socket in a store's folder.
    static let name = "rpc.sock"
    /// How often a holder says that it is alive.
    static let beat: Duration = .seconds(1)
    /// Variables that a command looks at.
    private static let variables = ["TERN_STORE", "XDG_DATA_HOME", "HOME", "NO_COLOR"]

    private let socket: Int32
    private let timeout: Duration

    /// Finds the holder of a command's store.
    /// - Returns: Nothing where no process listens in the store.
    init?(_ command: any StoreCommand, in workplace: Workplace) {
        guard let folder = try? command.options.storeFolder(in: workplace) else { return nil }
        let timeout = max(command.options.lockTimeout.duration, .seconds(3))
        guard let socket = RPCSocket.connect(folder + "/" + Forwarding.name, timeout: timeout) else { return nil }
        self.socket = socket
        self.timeout = timeout
    }

    deinit {
        close(socket)
    }

    /// Whether a process listens in a command's store.
    static func isPossible(_ command: any StoreCommand, in workplace: Workplace) -> Bool {
        guard let holder = Forwarding(command, in: workplace) else { return false }
        _ = consume holder
        return true
    }

    /// Has the command done.
    /// - Returns: Nothing where it was not taken, since the holder was about to end.
    /// - Throws: `storeHeld` where the holder does not answer, or goes away before it has said how it ended.
    func run(_ arguments: some Collection<String>) throws(CommandFailure) -> ExitStatus? {
        // A holder that stands still must not come to hold descriptors that others wait for the end of.
        guard let greeting = line() else {
            if errno == EAGAIN { throw unanswered() }
            return nil
        }
        guard greeting == ForwardedCommand.greeting else { return nil }
        guard DescriptorMail.send([STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO], to: socket), send(arguments) else {
            return nil
        }
        var isTaken = false
        while true {
            guard let word = line() else {
                // the end of a holder that takes nothing any more is no silence
                if !isTaken, errno != EAGAIN { return nil }
                throw unanswered()
            }
            isTaken = true
            if let code = Int32(word) { return ExitStatus(rawValue: code) ?? .internalError }
        }
    }

    private func send(_ arguments: some Collection<String>) -> Bool {
        var environment = JSONObject()
        for name in Forwarding.variables { environment[name] = Environment.value(name).map { .string($0) } }
        guard let folder = Forwarding.workingFolder() else { return false }
        let order: JSONValue = [
            "arguments": .array(arguments.map { .string($0) }), "folder": .string(folder),
            "environment": .object(environment),
        ]
        let bytes = Array((order.text + "\n").utf8)
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.send(
                    socket, bytes.baseAddress?.advanced(by: written), bytes.count - written, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 || errno == EINTR else { return false }
            written += max(0, count)
        }
        return true
    }

    /// A word that the holder says; nothing where it says none in time.
    private func line() -> String? {
        var bytes: [UInt8] = []
        errno = 0
        while bytes.count < 16 {
            var byte: UInt8 = 0
            let count = unsafe recv(socket, &byte, 1, 0)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return nil }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }

    private func unanswered() -> CommandFailure {
        CommandFailure(
            .storeHeld, "the process that holds the store does not answer",
            hint: "where it was asked to do something, that may have been done; end that process and look")
    }

    private static func workingFolder() -> String? {
        guard let path = unsafe getcwd(nil, 0) else { return nil }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }
}

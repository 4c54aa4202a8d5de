// Owns what is around a command: its streams, the folder that names count from, its environment, a store that is open
// already. It must not know any command.

internal import Glibc
internal import Synchronization
internal import TernInput

/// What a command wants done once its output is with whoever asked for it.
final class Delivered: Sendable {
    typealias Action = @Sendable () async -> Void
    private let actions = Mutex<[Action]>([])

    func add(_ action: @escaping Action) { actions.withLock { $0.append(action) } }

    var all: [Action] { actions.withLock { $0 } }
}

/// Where a command works: in a process of its own, or in one that holds a store and works for others.
struct Workplace {
    /// Data.
    let output: OutputStream
    /// Everything else.
    let errors: OutputStream
    /// Variables; an empty one is as good as none.
    let environment: (String) -> String?
    /// The store that this process holds for others.
    let held: HeldStore?
    /// What is done once the output has been read; nothing where printing it is all that can be known.
    let delivery: Delivered?
    /// Whether what a command holds in memory is kept for the next one.
    let keepsConversations: Bool
    private let input: () throws(InputError) -> InputStream
    private let folder: String?

    /// The process's own.
    static var process: Workplace {
        Workplace(
            input: { () throws(InputError) in try InputStream(standardInput: STDIN_FILENO) },
            output: OutputStream(STDOUT_FILENO), errors: OutputStream(STDERR_FILENO),
            environment: Environment.value)
    }

    /// - Parameters:
    ///   - input: Gives standard input.
    ///   - folder: The folder that names count from; the process's own without it.
    init(
        input: @escaping () throws(InputError) -> InputStream, output: OutputStream, errors: OutputStream,
        folder: String? = nil,
        environment: @escaping (String) -> String?, held: HeldStore? = nil, delivery: Delivered? = nil,
        keepsConversations: Bool = false
    ) {
        self.keepsConversations = keepsConversations
        self.delivery = delivery
        self.input = input
        self.output = output
        self.errors = errors
        self.folder = folder
        self.environment = environment
        self.held = held
    }

    /// The same over a store that this process holds, with another standard input.
    func holding(
        _ held: HeldStore, input: @escaping () throws(InputError) -> InputStream
    ) -> Workplace {
        Workplace(
            input: input, output: output, errors: errors, folder: folder, environment: environment, held: held,
            delivery: delivery)
    }

    /// What a name of a file or a folder means here.
    func path(_ name: String) -> String {
        guard let folder, !name.hasPrefix("/") else { return name }
        return folder + "/" + name
    }

    /// Opens a file; nil and `-` are standard input.
    func open(_ name: String?) throws(InputError) -> InputStream {
        guard let name, name != "-" else { return try input() }
        return try InputStream(path(name))
    }
}

// Owns a computation on its way from a session to some thread and back: what goes along, and what comes of it.
// It must not know what is computed, nor which thread computes.

internal import Synchronization

/// The half of a ``Job`` that stays with the module that made it.
///
/// `Input` goes along with the job and is gone from where it was. A C object that one thread at a time may use is such an
/// input: a type that cannot be copied has one owner, so the compiler sees that nobody uses it meanwhile, and the output
/// brings it back.
public final class Assignment<Input: ~Copyable & Sendable, Output: ~Copyable & Sendable>: Errand {
    /// What became of the job.
    public enum Result: ~Copyable {
        /// It was run.
        case done(Output)
        /// It was given back without being run, and with it what had gone along.
        case abandoned(Input)
    }

    private enum State: ~Copyable {
        case waiting(Input)
        case running
        case done(Output)
        case abandoned(Input)
        case taken
    }

    private let state: Mutex<State>
    private let work: @Sendable (consuming Input) -> Output

    /// Work on `input`, which goes along.
    public init(handing input: consuming Input, _ work: @escaping @Sendable (consuming Input) -> Output) {
        state = Mutex(.waiting(input))
        self.work = work
    }

    /// The half for the host.
    public func job(_ kind: Job.Kind) -> Job {
        Job(kind: kind, errand: self)
    }

    /// Whether the receipt is for this assignment's job.
    public func matches(_ receipt: Job.Receipt) -> Bool {
        receipt.errand === self
    }

    /// Whether there is a result to take.
    public var isFinished: Bool {
        state.withLock { state in
            switch state {
            case .done: true
            case .abandoned: true
            case .waiting: false
            case .running: false
            case .taken: false
            }
        }
    }

    /// Takes the result out.
    /// - Returns: `nil` while the job waits or runs, and when the result was taken before.
    public func take() -> Result? {
        state.withLock { state in
            switch exchange(&state, .taken) {
            case .done(let output): return .done(output)
            case .abandoned(let input): return .abandoned(input)
            case .waiting(let input): state = .waiting(input)
            case .running: state = .running
            case .taken: break
            }
            return nil
        }
    }

    func run() {
        // The lock is not held while the work is done: nobody waits for it but who runs it.
        guard let input = start() else { return }
        var output = Optional(work(input))
        state.withLock { state in
            if let output = output.take() { state = .done(output) }
        }
    }

    func giveBack() {
        guard let input = start() else { return }
        var returned = Optional(input)
        state.withLock { state in
            if let input = returned.take() { state = .abandoned(input) }
        }
    }

    /// Takes the input out of a job that nobody has started.
    private func start() -> Input? {
        state.withLock { state in
            switch exchange(&state, .running) {
            case .waiting(let input): return input
            case .running: break
            case .done(let output): state = .done(output)
            case .abandoned(let input): state = .abandoned(input)
            case .taken: state = .taken
            }
            return nil
        }
    }
}

/// Puts `new` in the place of `old` and gives what was there.
private func exchange<Value: ~Copyable>(_ old: inout Value, _ new: consuming Value) -> Value {
    let taken = consume old
    old = new
    return taken
}

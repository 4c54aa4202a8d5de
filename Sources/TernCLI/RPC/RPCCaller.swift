// Owns one caller from this side: what they want to be told, and what they are asked. It must not know what the answers mean.

internal import Dispatch
internal import Synchronization
internal import TernJSON

/// A caller, who can be called back.
final class RPCCaller: Sendable {
    /// What a caller can have told.
    enum Topic: String, CaseIterable {
        /// What happens in conversations, whoever asked for it.
        case events
        /// What has to be fetched, published or sent.
        case needs
        /// How far calls of this caller are.
        case progress
    }

    /// Seconds until a caller who does not answer has failed. From then on nothing is asked of them for as long again,
    /// unless they say something.
    private static let patience = 30.0
    /// Questions that wait for an answer at once.
    private static let limit = 256

    let output: RPCOutput
    private let topics = Mutex<Set<Topic>>([])
    private let questions = Mutex(Questions())

    private struct Questions {
        var last = 0
        var open: [String: CheckedContinuation<JSONObject?, Never>] = [:]
        var isOver = false
        /// Until when nothing is asked of someone who did not answer.
        var silentUntil: ContinuousClock.Instant?
    }

    init(_ output: RPCOutput) {
        self.output = output
    }

    /// Whether the caller wants to be told of something.
    func wants(_ topic: Topic) -> Bool { topics.withLock { $0.contains(topic) } }

    func subscribe(_ wanted: Set<Topic>) { topics.withLock { $0 = wanted } }

    /// Whether anybody can be asked.
    var isThere: Bool { output.isOpen && questions.withLock { !$0.isOver } }

    /// Asks the caller to do something.
    /// - Returns: The result; nothing for an error, for no answer in time, and where the one who asks has given up.
    func ask(_ method: String, _ parameters: JSONObject) async -> JSONObject? {
        guard
            let id =
                (questions.withLock { questions -> String? in
                    let isSilent = questions.silentUntil.map { ContinuousClock.now < $0 } ?? false
                    guard !questions.isOver, !isSilent, questions.open.count < RPCCaller.limit else { return nil }
                    questions.last += 1
                    return "tern-\(questions.last)"
                })
        else { return nil }
        let question: JSONValue = [
            "jsonrpc": "2.0", "id": .string(id), "method": .string(method), "params": .object(parameters),
        ]
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOpen = questions.withLock { questions in
                    guard !questions.isOver else { return false }
                    questions.open[id] = continuation
                    return true
                }
                guard isOpen else { return continuation.resume(returning: nil) }
                guard !Task.isCancelled, output.post(question) else { return close(id, nil) }
                DispatchQueue.global().asyncAfter(deadline: .now() + RPCCaller.patience) { [weak self] in
                    self?.timeOut(id)
                }
            }
        } onCancel: {
            close(id, nil)
        }
    }

    /// Takes an answer. One to nothing that was asked is passed over: it may be late.
    func take(_ answer: JSONObject) {
        questions.withLock { $0.silentUntil = nil }
        guard let id = answer["id"]?.string else { return }
        close(id, answer["error"] == nil ? answer["result"]?.object : nil)
    }

    /// Nobody answers any more.
    func hangUp() {
        let open = questions.withLock { questions in
            questions.isOver = true
            defer { questions.open = [:] }
            return questions.open
        }
        for question in open.values { question.resume(returning: nil) }
        output.end()
    }

    /// Nobody waits for an answer any more.
    func giveUp() {
        let open = questions.withLock { questions in
            defer { questions.open = [:] }
            return questions.open
        }
        for question in open.values { question.resume(returning: nil) }
    }

    private func timeOut(_ id: String) {
        let isOpen = questions.withLock { questions in
            guard questions.open[id] != nil else { return false }
            questions.silentUntil = .now + .seconds(RPCCaller.patience)
            return true
        }
        // whoever answers none answers none of the others
        if isOpen { giveUp() }
    }

    private func close(_ id: String, _ result: JSONObject?) {
        questions.withLock { $0.open.removeValue(forKey: id) }?.resume(returning: result)
    }
}

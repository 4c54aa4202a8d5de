// Owns one caller: reading its calls, doing them one after the other, answering. It must not know where the caller is.

internal import Dispatch
internal import class Foundation.Thread
internal import Synchronization
internal import TernInput
internal import TernJSON

/// A caller's calls, in their order. One that waits can be taken back.
final class RPCSession: Sendable {
    /// Bytes of a call: some thousand messages.
    private static let lineLimit = 1 << 24
    /// Calls that wait at most; one more is refused.
    private static let waitingLimit = 256

    private let desk: RPCDesk
    private let caller: RPCCaller
    private var output: RPCOutput { caller.output }
    private let work = Mutex(Work())
    private let ready = DispatchSemaphore(value: 0)

    private struct Work {
        var waiting: [Item] = []
        var isEnded = false
        /// What is done now.
        var running: (id: RPCIdentifier?, task: Task<Void, Never>)?
    }

    /// Calls that are answered together.
    private struct Item {
        var calls: [Result<RPCRequest, RPCFault>]
        let isBatch: Bool
    }

    init(_ desk: RPCDesk, output: RPCOutput) {
        self.desk = desk
        caller = RPCCaller(output)
    }

    /// Reads calls to the end and answers them all, or until the caller listens no more. It takes this thread.
    func serve(_ input: consuming InputStream) {
        desk.held.switchboard.add(caller)
        defer { desk.held.switchboard.remove(caller) }
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            self.answerAll()
            done.signal()
        }
        var lines = LineReader(input, limit: RPCSession.lineLimit)
        reading: while output.isOpen {
            do throws(InputError) {
                guard let line = try lines.next() else { break reading }
                if !line.isEmpty { take(line) }
            } catch {
                guard error.reason == .lineTooLong else { break reading }
                output.write(RPCFault(.parse, error.text, of: nil).json)
            }
        }
        work.withLock { $0.isEnded = true }
        // Whoever says nothing more answers nothing more.
        caller.hangUp()
        ready.signal()
        done.wait()
    }

    // MARK: Taking calls

    private func take(_ line: [UInt8]) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONReader.read(line)
        } catch {
            return output.write(RPCFault(.parse, error.text, of: nil).json)
        }
        if let object = value.object, object["method"] == nil, object["result"] != nil || object["error"] != nil {
            return caller.take(object)
        }
        guard let values = value.array else { return add(Item(calls: [call(value)], isBatch: false)) }
        guard !values.isEmpty else {
            return output.write(RPCFault(.invalidRequest, "a batch has calls in it", of: nil).json)
        }
        add(Item(calls: values.map { call($0) }, isBatch: true))
    }

    private func call(_ value: JSONValue) -> Result<RPCRequest, RPCFault> {
        do throws(RPCFault) { return .success(try RPCRequest(value)) } catch { return .failure(error) }
    }

    private func add(_ item: Item) {
        // What takes a call back must not wait behind it.
        if !item.isBatch, case .success(let request) = item.calls[0], request.method == "cancel" {
            return cancel(request)
        }
        let isTaken = work.withLock { work in
            guard work.waiting.count < RPCSession.waitingLimit else { return false }
            work.waiting.append(item)
            return true
        }
        guard !isTaken else {
            ready.signal()
            return
        }
        let fault = RPCFault.Code.command(.limitExceeded)
        reply(
            item.calls.map { RPCAnswer.fault(RPCFault(fault, "too many calls are waiting", of: RPCSession.id($0))) },
            item)
    }

    private func cancel(_ request: RPCRequest) {
        guard let id = request.parameters["id"].flatMap({ RPCIdentifier($0) }), request.parameters.names == ["id"]
        else {
            return reply(
                [.fault(RPCFault(.invalidParameters, "'id' is the call to be taken back", of: request.id))],
                Item(calls: [.success(request)], isBatch: false))
        }
        let item = work.withLock { work in
            work.waiting.firstIndex { !$0.isBatch && RPCSession.id($0.calls[0]) == id }
                .map { work.waiting.remove(at: $0) }
        }
        if let item { reply([.fault(RPCFault(.command(.interrupted), "taken back", of: id))], item) }
        let running = work.withLock { work in work.running.flatMap { $0.id == id ? $0.task : nil } }
        running?.cancel()
        let found: JSONValue = ["cancelled": .boolean(item != nil || running != nil)]
        reply(
            [request.id.map { .result(RPCResult(id: $0, value: found)) } ?? .nothing],
            Item(calls: [.success(request)], isBatch: false))
    }

    private static func id(_ call: Result<RPCRequest, RPCFault>) -> RPCIdentifier? {
        switch call {
        case .success(let request): request.id
        case .failure(let fault): fault.id
        }
    }

    // MARK: Answering

    private func answerAll() {
        while true {
            ready.wait()
            let (item, isEnded) = work.withLock { work -> (Item?, Bool) in
                (work.waiting.isEmpty ? nil : work.waiting.removeFirst(), work.isEnded)
            }
            guard let item else {
                // one that was taken back leaves its signal behind
                if isEnded { return }
                continue
            }
            reply(item.calls.map { answer($0) }, item)
            // the last signal is that of the end
            if isEnded { ready.signal() }
        }
    }

    /// Does a call on this thread.
    private func answer(_ call: Result<RPCRequest, RPCFault>) -> RPCAnswer {
        let request: RPCRequest
        switch call {
        case .success(let value): request = value
        case .failure(let fault): return .fault(fault)
        }
        guard output.isOpen else { return .nothing }
        defer { work.withLock { $0.running = nil } }
        return ThreadExecutor.run { task in
            work.withLock { $0.running = (request.id, task) }
        } _: { [desk, caller] in
            await desk.answer(request, of: caller)
        }
    }

    private func reply(_ answers: [RPCAnswer], _ item: Item) {
        let values = answers.compactMap(\.json)
        guard !values.isEmpty else { return }
        output.write(item.isBatch ? .array(values) : values[0])
    }
}

/// What a call comes to.
enum RPCAnswer: Sendable {
    case result(RPCResult)
    case fault(RPCFault)
    /// To a notification.
    case nothing

    var json: JSONValue? {
        switch self {
        case .result(let result): result.json
        case .fault(let fault): fault.json
        case .nothing: nil
        }
    }
}

// Owns one caller: reading their calls, doing them one after the other, answering. It must not know where the caller is.

internal import Dispatch
internal import class Foundation.Thread
internal import Synchronization
internal import TernInput
internal import TernJSON

/// A caller's calls, in their order. One that waits or runs can be taken back.
final class RPCSession: Sendable {
    /// Bytes of a line: some thousand messages.
    private static let lineLimit = 1 << 24
    /// Lines and bytes that wait at most; one more is refused. They wait as they came: read they take many times as much.
    private static let waitingLimit = 256
    private static let waitingBytes = 1 << 25
    /// Calls of a batch.
    private static let batchLimit = 1000

    private let desk: RPCDesk
    private let caller: RPCCaller
    private var output: RPCOutput { caller.output }
    private let work = Mutex(Work())
    private let ready = DispatchSemaphore(value: 0)

    private struct Work {
        var waiting: [Item] = []
        var bytes = 0
        var isEnded = false
        /// What is done now.
        var running: (id: RPCIdentifier?, task: Task<Void, Never>)?
        /// How the caller has gone: having read everything, or not.
        var ending: Bool?
    }

    /// A line of calls.
    private struct Item {
        let line: [UInt8]
        /// Those that are to be answered, for whoever takes them back.
        let ids: [RPCIdentifier?]
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
        var isClean = true
        reading: while output.isOpen {
            do throws(InputError) {
                guard let line = try lines.next() else { break reading }
                if !line.isEmpty { take(line) }
            } catch {
                guard error.reason == .lineTooLong else {
                    isClean = false
                    break reading
                }
                // It may have been an answer: nobody waits for it any more.
                caller.giveUp()
                output.write(RPCFault(.parse, error.text, of: nil).json)
            }
        }
        work.withLock { work in
            work.isEnded = true
            work.ending = isClean
        }
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
        guard let values = value.array else {
            if let answer = RPCSession.answer(value) { return caller.take(answer) }
            let call = RPCSession.call(value)
            // What takes a call back must not wait behind it.
            if case .success(let request) = call, request.method == RPCOwnMethod.cancel.rawValue {
                return cancel(request)
            }
            return add(Item(line: line, ids: [RPCSession.id(call)], isBatch: false))
        }
        // An answer to several questions is a batch too.
        let answers = values.compactMap(RPCSession.answer)
        if !answers.isEmpty, answers.count == values.count { return answers.forEach(caller.take) }
        guard !values.isEmpty, values.count <= RPCSession.batchLimit else {
            let limit = RPCSession.batchLimit
            return output.write(RPCFault(.invalidRequest, "a batch has from 1 to \(limit) calls", of: nil).json)
        }
        add(Item(line: line, ids: values.map { RPCSession.id(RPCSession.call($0)) }, isBatch: true))
    }

    private static func answer(_ value: JSONValue) -> JSONObject? {
        guard let object = value.object, object["method"] == nil, object["result"] != nil || object["error"] != nil
        else { return nil }
        return object
    }

    private static func call(_ value: JSONValue) -> Result<RPCRequest, RPCFault> {
        do throws(RPCFault) { return .success(try RPCRequest(value)) } catch { return .failure(error) }
    }

    private func add(_ item: Item) {
        let isTaken = work.withLock { work in
            let isFull =
                work.waiting.count >= RPCSession.waitingLimit
                || (!work.waiting.isEmpty && work.bytes + item.line.count > RPCSession.waitingBytes)
            guard !isFull else { return false }
            work.waiting.append(item)
            work.bytes += item.line.count
            return true
        }
        guard !isTaken else {
            ready.signal()
            return
        }
        let fault = RPCFault.Code.command(.limitExceeded)
        reply(item.ids.map { .fault(RPCFault(fault, "too many calls are waiting", of: $0)) }, item.isBatch)
    }

    private func cancel(_ request: RPCRequest) {
        guard let id = request.parameters["id"].flatMap({ RPCIdentifier($0) }), request.parameters.names == ["id"]
        else {
            return reply(
                [.fault(RPCFault(.invalidParameters, "'id' is the call to be taken back", of: request.id))], false)
        }
        let (waited, running) = work.withLock { work -> (Bool, Task<Void, Never>?) in
            let place = work.waiting.firstIndex { !$0.isBatch && $0.ids == [id] }
            if let place { work.bytes -= work.waiting.remove(at: place).line.count }
            return (place != nil, work.running.flatMap { $0.id == id ? $0.task : nil })
        }
        if waited { reply([.fault(RPCFault(.command(.interrupted), "taken back", of: id))], false) }
        running?.cancel()
        let found: JSONValue = ["cancelled": .boolean(waited || running != nil)]
        reply([request.id.map { .result(RPCResult(id: $0, value: found)) } ?? .nothing], false)
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
                let item = work.waiting.isEmpty ? nil : work.waiting.removeFirst()
                work.bytes -= item?.line.count ?? 0
                return (item, work.isEnded)
            }
            guard let item else {
                // one that was taken back leaves its signal behind
                if isEnded { return }
                continue
            }
            answer(item)
            // the last signal is that of the end
            if isEnded { ready.signal() }
        }
    }

    private func answer(_ item: Item) {
        guard let value = try? JSONReader.read(item.line) else { return }
        // Who has stopped speaking before the answer and then goes away may have read it or not.
        let hadEnded = work.withLock { $0.isEnded }
        let answers = (item.isBatch ? value.array ?? [] : [value]).map { answer(RPCSession.call($0)) }
        reply(answers, item.isBatch)
        let afterwards = answers.flatMap(\.afterwards)
        // What a caller has not read is not forgotten: it comes again.
        guard !afterwards.isEmpty,
            output.waitUntilRead(
                isOver: { work.withLock { $0.isEnded } }, { hadEnded ? false : work.withLock { $0.ending } })
        else { return }
        ThreadExecutor.run {
            for action in afterwards { await action() }
        }
        desk.held.settle()
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

    private func reply(_ answers: [RPCAnswer], _ isBatch: Bool) {
        let values = answers.compactMap(\.json)
        guard !values.isEmpty else { return }
        output.write(isBatch ? .array(values) : values[0])
    }
}

// Owns a caller who is the network of an account: answers on a thread of its own what it is asked. It must not know what a
// test is about.

import Foundation
import Synchronization
import TernJSON
import Testing

/// Nodes that are published somewhere, and what a caller does about them.
final class HostingCaller: Sendable {
    struct State {
        /// Items by owner and node: id and payload.
        var nodes: [String: [(id: String, payload: String)]] = [:]
        var asked: [String] = []
        var sent: [String] = []
        var notifications: [JSONValue] = []
        /// Answers by the identifier of the call.
        var answers: [String: JSONValue] = [:]
        var isFailing = false
        var isSilent = false
    }

    let state = Mutex(State())
    private let line: Mutex<Line>
    private let reader: @Sendable () throws -> JSONValue

    init(_ path: String) throws {
        let line = try Line(path)
        // who has nothing to read yet waits: the limit is that of whoever waits for an answer
        line.waitForever()
        nonisolated(unsafe) let reading = line
        // one thread reads, and writes go through a lock
        reader = { try unsafe reading.read() }
        self.line = Mutex(line)
        Thread.detachNewThread { [weak self] in
            while let self, let message = try? self.reader() { self.take(message.object ?? JSONObject()) }
        }
    }

    /// Makes what `bundle show` prints known.
    func publish(_ items: [String], of jid: String) {
        for text in items {
            let node = text.firstMatch(of: /node='([^']*)'/)?.1 ?? ""
            let id = text.firstMatch(of: /<item[^>]* id='([^']*)'/)?.1 ?? "current"
            guard let start = text.firstRange(of: /<item[^s>]*>/)?.upperBound, let end = text.range(of: "</item>")
            else { continue }
            let payload = String(text[start..<end.lowerBound])
            state.withLock { $0.nodes["\(jid) \(node)", default: []].append((String(id), payload)) }
        }
    }

    /// Calls, and waits for the answer.
    func call(_ method: String, _ parameters: JSONValue = [:], id: String = UUID().uuidString) async throws -> JSONValue
    {
        try begin(method, parameters, id: id)
        return try await answer(to: id)
    }

    func begin(_ method: String, _ parameters: JSONValue, id: String) throws {
        try line.withLock { try $0.send(method, parameters, id: .string(id)) }
    }

    func answer(to id: String) async throws -> JSONValue {
        try await wait { $0.answers[id] }
    }

    /// Waits until there is something, at most for half a minute.
    func wait<Value>(_ look: (State) -> Value?) async throws -> Value {
        let end = ContinuousClock.now + .seconds(30)
        while true {
            // asked for after the time is read: where threads are scarce a moment is long
            let isOver = ContinuousClock.now > end
            if let value = state.withLock({ look($0) }) { return value }
            guard !isOver else { throw Caller.Failure(what: "it did not happen") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    func hangUp() { line.withLock { $0.shutDown() } }

    private func take(_ message: JSONObject) {
        guard let method = message["method"]?.string else {
            if let id = message["id"]?.string { state.withLock { $0.answers[id] = .object(message) } }
            return
        }
        guard let id = message["id"] else {
            return state.withLock { $0.notifications.append(.object(message)) }
        }
        let parameters = message["params"]?.object ?? JSONObject()
        let result = state.withLock { answer(method, parameters, &$0) }
        guard let result else { return }
        let reply: JSONValue =
            result == .null
            ? ["jsonrpc": "2.0", "id": id, "error": ["code": -1, "message": "no"]]
            : ["jsonrpc": "2.0", "id": id, "result": result]
        try? line.withLock { try $0.write(reply) }
    }

    private func answer(_ method: String, _ parameters: JSONObject, _ state: inout State) -> JSONValue? {
        state.asked.append("\(method) \(parameters["jid"]?.string ?? "") \(parameters["node"]?.string ?? "")")
        if state.isSilent { return nil }
        if state.isFailing { return .null }
        switch method {
        case "network.fetch":
            let key = "\(parameters["jid"]?.string ?? "") \(parameters["node"]?.string ?? "")"
            let item = parameters["item"]?.string
            let found = (state.nodes[key] ?? []).filter { item == nil || $0.id == item }
            guard !found.isEmpty else { return ["absent": true] }
            return ["items": .array(found.map { ["id": .string($0.id), "payload": .string($0.payload)] })]
        case "network.send":
            state.sent.append(parameters["stanza"]?.string ?? "")
            return ["done": true]
        default: return ["done": true]
        }
    }
}

// Owns who among the callers is told of what, and who is an account's network. It must not know what commands do.

internal import Synchronization
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernStore

/// The callers of a process that holds a store.
final class Switchboard: Sendable {
    private let state = Mutex(State())

    private struct State {
        var callers: [RPCCaller] = []
        var networks: [BareJID: RPCNetwork] = [:]
        /// What was last told to wait, so that it is told once.
        var waiting: [BareJID: Int] = [:]
        /// Up to which change all was seen to.
        var settled: [BareJID: Int] = [:]
    }

    func add(_ caller: RPCCaller) { state.withLock { $0.callers.append(caller) } }

    func remove(_ caller: RPCCaller) {
        state.withLock { state in
            state.callers.removeAll { $0 === caller }
            state.networks = state.networks.filter { $0.value.caller !== caller }
        }
    }

    /// The network of an account, where somebody is.
    func network(of account: BareJID) -> RPCNetwork? {
        state.withLock { $0.networks[account] }.flatMap { $0.caller.isThere ? $0 : nil }
    }

    /// Makes a caller the network of an account.
    /// - Returns: Whether nobody else is.
    func attach(_ network: RPCNetwork) -> Bool {
        state.withLock { state in
            if let other = state.networks[network.account], other.caller !== network.caller, other.caller.isThere {
                return false
            }
            state.networks[network.account] = network
            state.settled[network.account] = nil
            return true
        }
    }

    func detach(_ caller: RPCCaller, from account: BareJID) -> Bool {
        state.withLock { state in
            guard state.networks[account]?.caller === caller else { return false }
            state.networks[account] = nil
            return true
        }
    }

    /// An account is no more, and whoever comes under its name begins anew.
    func forget(_ account: BareJID) {
        state.withLock { state in
            state.waiting[account] = nil
            state.settled[account] = nil
        }
    }

    // MARK: Telling

    func tell(_ event: Event, of account: BareJID) {
        guard var object = event.json.object else { return }
        object["account"] = .string(account.description)
        tell(.events, "event", object)
    }

    /// Tells what somebody has to fetch.
    func tell(needs nodes: [Node], of account: BareJID) {
        guard !nodes.isEmpty else { return }
        var object = JSONObject()
        object["account"] = .string(account.description)
        object["needs"] = .array(nodes.map(\.need))
        tell(.needs, "needs", object)
    }

    private func tell(_ topic: RPCCaller.Topic, _ method: String, _ parameters: JSONObject) {
        let callers = state.withLock { $0.callers }.filter { $0.wants(topic) }
        guard !callers.isEmpty else { return }
        let line = RPCNotification(method, parameters).json
        for caller in callers { caller.output.post(line) }
    }

    /// What waits is news again.
    func forgetWaiting() {
        state.withLock { state in
            state.waiting = [:]
            state.settled = [:]
        }
    }

    private var someoneWantsNeeds: Bool { state.withLock { $0.callers }.contains { $0.wants(.needs) } }

    // MARK: What waits

    /// Has what waits carried out by an account's network, or tells those who want to know that it waits.
    func settle(_ account: Account<AccountStore>) async {
        let changes = await account.changes
        guard state.withLock({ $0.settled[account.jid] != changes }) else { return }
        if let network = network(of: account.jid) {
            // What fails waits: it is tried again after the next call.
            _ = try? await account.carryOut(over: network, at: .now)
            guard let rest = try? await account.outstanding(), rest.isEmpty else { return }
            return state.withLock { $0.settled[account.jid] = changes }
        }
        guard someoneWantsNeeds, let waiting = try? await account.outstanding() else { return }
        state.withLock { $0.settled[account.jid] = changes }
        let isNews = state.withLock { state in
            defer { state.waiting[account.jid] = waiting.count }
            return state.waiting[account.jid] ?? 0 != waiting.count
        }
        guard isNews else { return }
        var object = JSONObject()
        object["account"] = .string(account.jid.description)
        object["waiting"] = .number(String(waiting.count))
        tell(.needs, "outbox", object)
    }
}

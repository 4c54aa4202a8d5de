// Owns what a call means: which command, or a word about the calls themselves. It must not know who calls.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernStore

/// Answers calls by commands over a held store.
struct RPCDesk: Sendable {
    private let methods: [String: RPCMethod]
    private let runner: RPCRunner

    /// The store that all of it is about.
    var held: HeldStore { runner.held }

    init(_ held: HeldStore) throws(CommandFailure) {
        methods = try RPCDesk.methods()
        runner = RPCRunner(held: held)
    }

    /// The methods, by name.
    static func methods() throws(CommandFailure) -> [String: RPCMethod] {
        guard let help = try? JSONReader.read(Array(TernTool._dumpHelp().utf8)), let root = help.object?["command"]
        else {
            throw CommandFailure(.internalError, "the parser's description of the commands cannot be read")
        }
        return RPCMethod.all(root)
    }

    func answer(_ request: RPCRequest, of caller: RPCCaller) async -> RPCAnswer {
        do throws(RPCFault) {
            let (value, afterwards) = try await value(of: request, caller)
            guard let id = request.id else { return .nothing }
            return RPCAnswer(.result(RPCResult(id: id, value: value)), afterwards)
        } catch {
            return request.id == nil ? .nothing : RPCAnswer(.fault(error), error.afterwards)
        }
    }

    private func value(
        of request: RPCRequest, _ caller: RPCCaller
    ) async throws(RPCFault) -> (JSONValue, [Delivered.Action]) {
        if let method = RPCOwnMethod(rawValue: request.method) {
            try method.check(request)
            return (try await value(of: method, request, caller), [])
        }
        guard let method = methods[request.method] else {
            throw RPCFault(.methodNotFound, "there is no method '\(request.method)'; see rpc.discover", of: request.id)
        }
        let invocation = try method.invocation(request.parameters, of: request.id)
        let outcome = try await runner.run(invocation, of: request.id, for: caller)
        held.settle()
        guard let failure = outcome.failure else {
            // Of many messages each has its own result, also where one of them is an error.
            let exit = JSONValue.number(String(outcome.status.rawValue))
            return (["output": .array(outcome.output), "exit": exit], outcome.afterwards)
        }
        guard outcome.status == .success else {
            var data = failure
            data["exit"] = .number(String(outcome.status.rawValue))
            if !outcome.output.isEmpty { data["output"] = .array(outcome.output) }
            throw RPCFault(
                .command(outcome.status), data["message"]?.string ?? outcome.status.meaning, of: request.id, data: data,
                afterwards: outcome.afterwards)
        }
        return (["output": .array(outcome.output), "exit": 0], outcome.afterwards)
    }
}

// MARK: - Methods about the calls themselves

extension RPCDesk {
    private func value(
        of method: RPCOwnMethod, _ request: RPCRequest, _ caller: RPCCaller
    ) async throws(RPCFault) -> JSONValue {
        switch method {
        case .discover: return RPCDescription(Array(methods.values)).document
        // what could be taken back was, before this was read
        case .cancel: return ["cancelled": false]
        case .subscribe:
            guard let names = request.parameters["to"]?.array else {
                throw RPCFault(.invalidParameters, "'to' is no array", of: request.id)
            }
            var topics: Set<RPCCaller.Topic> = []
            for name in names {
                guard let topic = name.string.flatMap(RPCCaller.Topic.init) else {
                    let known = RPCCaller.Topic.allCases.map(\.rawValue).joined(separator: ", ")
                    throw RPCFault(.invalidParameters, "'to' has \(name.text); known are \(known)", of: request.id)
                }
                topics.insert(topic)
            }
            caller.subscribe(topics)
            // what waits already is news to this one
            if topics.contains(.needs) { held.tellAgain() }
            return ["to": .array(topics.map(\.rawValue).sorted().map { .string($0) })]
        case .attach:
            let account = try await account(of: request)
            guard let decides = (request.parameters["work"] ?? .boolean(false)).boolean else {
                throw RPCFault(.invalidParameters, "'work' is no boolean", of: request.id)
            }
            let network = RPCNetwork(caller: caller, account: account.jid, decidesOnWork: decides)
            guard held.switchboard.attach(network) else {
                throw RPCFault(
                    .command(.storeHeld), "another caller is the network of \(account.jid)", of: request.id)
            }
            held.settle()
            return ["account": .string(account.jid.description), "device": .number(account.device.description)]
        case .detach:
            let account = try await account(of: request)
            return ["detached": .boolean(held.switchboard.detach(caller, from: account.jid))]
        case .settle:
            let account = try await account(of: request)
            guard held.switchboard.network(of: account.jid) != nil else {
                throw RPCFault(.command(.network), "nobody is the network of \(account.jid)", of: request.id)
            }
            // what somebody else has begun is waited for: a network that does not answer ends it
            repeat {
                await held.switchboard.settle(account)
                guard await account.isCarryingOut else { break }
                try? await Task.sleep(for: .milliseconds(20))
            } while !Task.isCancelled
            await held.switchboard.settle(account)
            let waiting = (try? await account.outstanding().count) ?? 0
            return ["account": .string(account.jid.description), "waiting": .number(String(waiting))]
        }
    }

    /// The account that a call names, or the only one.
    private func account(of request: RPCRequest) async throws(RPCFault) -> Account<AccountStore> {
        let name = request.parameters["account"]
        guard name == nil || name?.string != nil else {
            throw RPCFault(.invalidParameters, "'account' is no string", of: request.id)
        }
        do throws(CommandFailure) {
            return try await runner.account(name?.string)
        } catch {
            var data = error.object(line: nil)
            data["exit"] = .number(String(error.status.rawValue))
            throw RPCFault(.command(error.status), error.message, of: request.id, data: data)
        }
    }
}

// Owns what a call means: which command, or a word about the calls themselves. It must not know who calls.

internal import ArgumentParser
internal import TernJSON

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

    func answer(_ request: RPCRequest) async -> RPCAnswer {
        do throws(RPCFault) {
            let value = try await value(of: request)
            return request.id.map { .result(RPCResult(id: $0, value: value)) } ?? .nothing
        } catch {
            return request.id == nil ? .nothing : .fault(error)
        }
    }

    private func value(of request: RPCRequest) async throws(RPCFault) -> JSONValue {
        if request.method == "rpc.discover" {
            guard request.parameters.names.isEmpty else {
                throw RPCFault(.invalidParameters, "rpc.discover takes nothing", of: request.id)
            }
            return RPCDescription(Array(methods.values)).document
        }
        guard let method = methods[request.method] else {
            throw RPCFault(.methodNotFound, "there is no method '\(request.method)'; see rpc.discover", of: request.id)
        }
        let invocation = try method.invocation(request.parameters, of: request.id)
        let outcome = try await runner.run(invocation, of: request.id)
        guard outcome.status == .success else {
            var data = outcome.failure ?? JSONObject()
            data["exit"] = .number(String(outcome.status.rawValue))
            if !outcome.output.isEmpty { data["output"] = .array(outcome.output) }
            throw RPCFault(
                .command(outcome.status), data["message"]?.string ?? outcome.status.meaning, of: request.id, data: data)
        }
        return ["output": .array(outcome.output)]
    }
}

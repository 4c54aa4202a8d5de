// Owns running a command in the place of a process of its own: its input in memory, its output gathered. It must not know who
// asked for it.

internal import ArgumentParser
internal import Tern
internal import TernInput
internal import TernJSON
internal import TernStore

/// Runs commands over a held store.
struct RPCRunner: Sendable {
    let held: HeldStore

    /// What came of a command.
    struct Outcome: Sendable {
        /// The objects that it printed.
        let output: [JSONValue]
        let status: ExitStatus
        /// Why it ended, where it was not because it was done.
        let failure: JSONObject?
        /// What is done once the answer was read.
        let afterwards: [Delivered.Action]
    }

    /// - Throws: `invalidParameters` where the arguments make no command.
    func run(
        _ invocation: RPCMethod.Invocation, of id: RPCIdentifier?, for caller: RPCCaller
    ) async throws(RPCFault) -> Outcome {
        let output = OutputStream.gathering(limit: RPCRunner.outputLimit)
        let errors = OutputStream.gathering { RPCRunner.tell($0, of: id, to: caller) }
        let delivery = Delivered()
        let workplace = workplace(output: output, errors: errors, delivery: delivery) {
            InputStream(standardInput: invocation.input)
        }
        let command: any TernCommand
        do {
            let arguments = invocation.arguments(tellingProgress: id != nil && caller.wants(.progress))
            guard let parsed = try TernTool.parseAsRoot(arguments) as? any TernCommand else {
                throw ValidationError("There is no command to run")
            }
            command = parsed
        } catch {
            throw RPCFault(.invalidParameters, UsageMessage.text(of: TernTool.message(for: error)), of: id)
        }
        let console = Console(command.options, in: workplace)
        var status: ExitStatus
        var failure: JSONObject?
        do throws(CommandFailure) {
            status = try await command.execute(console)
        } catch {
            console.report(error)
            status = error.status
        }
        let told = RPCRunner.objects(errors)
        if status != .success { failure = told.last { $0.object?["type"]?.string == "error" }?.object }
        return Outcome(output: RPCRunner.objects(output), status: status, failure: failure, afterwards: delivery.all)
    }

    /// An account of the store: the one that was named, or the only one.
    func account(_ jid: String?) async throws(CommandFailure) -> Account<AccountStore> {
        let nowhere = OutputStream.gathering()
        let workplace = workplace(output: nowhere, errors: nowhere) { InputStream(standardInput: []) }
        do {
            let options = try GlobalOptions.parse(jid.map { ["--account=" + $0] } ?? [])
            return try await options.openAccount(in: workplace)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.usage, UsageMessage.text(of: TernTool.message(for: error)))
        }
    }

    /// As much as a command may print before it is stopped: all of it is held until it is answered.
    private static let outputLimit = 1 << 26

    private func workplace(
        output: OutputStream, errors: OutputStream, delivery: Delivered? = nil,
        input: @escaping () throws(InputError) -> InputStream
    ) -> Workplace {
        Workplace(
            input: input, output: output, errors: errors, folder: "/",
            environment: { [path = held.path] in $0 == "TERN_STORE" ? path : nil }, held: held,
            delivery: delivery, keepsConversations: true)
    }

    /// Tells how far a call is. Everything else on standard error is for the answer.
    private static func tell(_ line: [UInt8], of id: RPCIdentifier?, to caller: RPCCaller) {
        guard let id, caller.wants(.progress), var object = (try? JSONReader.read(line))?.object,
            object["type"]?.string == "progress"
        else { return }
        object["id"] = id.json
        caller.output.write(RPCNotification("progress", object).json)
    }

    private static func objects(_ stream: OutputStream) -> [JSONValue] {
        stream.gathered.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONReader.read(Array($0)) }
    }
}

// Owns running a command in the place of a process of its own: its input in memory, its output gathered. It must not know who
// asked for it.

internal import ArgumentParser
internal import TernInput
internal import TernJSON

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
    }

    /// - Throws: `invalidParameters` where the arguments make no command.
    func run(_ invocation: RPCMethod.Invocation, of id: RPCIdentifier?) async throws(RPCFault) -> Outcome {
        let (output, errors) = (OutputStream.gathering(), OutputStream.gathering())
        let workplace = Workplace(
            input: { InputStream(standardInput: invocation.input) }, output: output, errors: errors, folder: "/",
            environment: { [path = held.path] in $0 == "TERN_STORE" ? path : nil }, held: held)
        let command: any TernCommand
        do {
            guard let parsed = try TernTool.parseAsRoot(invocation.arguments) as? any TernCommand else {
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
        return Outcome(output: RPCRunner.objects(output), status: status, failure: failure)
    }

    private static func objects(_ stream: OutputStream) -> [JSONValue] {
        stream.gathered.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONReader.read(Array($0)) }
    }
}

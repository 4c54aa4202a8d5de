// Owns `tern otr step`: one message in or out. It must not know how a conversation is kept.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernInput
internal import TernOTR

/// `tern otr step`.
struct OTRStepCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "step", abstract: "Encrypt a text, or read a message that came.",
        discussion: """
            With --to the text from FILE or standard input is encrypted, and the stanza to send is printed. Without it a \
            <message> is read, or its body alone with --from, and its text is printed; what has to be sent in answer waits in \
            'tern outbox', or goes to --outbox. The conversation is durable before anything is printed, and a text that was not \
            printed is given again.

            Examples:
              echo Hello | tern otr step --to bob@example.org/home
              tern otr step message.xml
            """)

    @Option(help: ArgumentHelp("Whom to write to.", valueName: "jid/resource"), transform: GlobalOptions.fullAddress)
    var to: JID?

    @Option(
        help: ArgumentHelp("Who sent it, where the stanza does not say it.", valueName: "jid/resource"),
        transform: GlobalOptions.fullAddress)
    var from: JID?

    @Option(
        help: ArgumentHelp("Write what has to be sent into this folder.", valueName: "dir"), completion: .directory)
    var outbox: String?

    @Argument(help: ArgumentHelp("The text or stanza; - is standard input.", valueName: "file"), completion: .file())
    var file: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard to == nil || from == nil else { throw ValidationError("Only one of --to and --from can be given") }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let text = try read(console.workplace)
        let account = try await options.openAccount(in: console.workplace)
        if let to {
            return try await OTRReport(.say(text), with: to, of: account).tell(account, console, folder: outbox)
        }
        let message = try OTRMessage(text, from: from)
        return try await OTRReport(.receive(message.incoming(account.jid)), with: message.sender, of: account)
            .tell(account, console, folder: outbox, isReading: true)
    }

    private func read(_ workplace: Workplace) throws(CommandFailure) -> String {
        let bytes: [UInt8]
        do throws(InputError) {
            bytes = try workplace.open(file).readAll(limit: OTRSession.lengthLimit)
        } catch {
            throw CommandFailure(error)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.malformed, "the text is not UTF-8")
        }
        return text
    }
}

// Owns `tern otr step`: one message in or out. It must not know how a conversation is kept.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernInput
internal import TernOTR
internal import TernXML

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
        let (sender, body) = try message(text)
        let incoming = Incoming(.body(body), from: sender, to: JID(account.jid))
        return try await OTRReport(.receive(incoming), with: sender, of: account)
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

    /// Who sent a message, and what it says. A stanza and a caller must not name different people.
    private func message(_ text: String) throws(CommandFailure) -> (JID, String) {
        guard text.hasPrefix("<") else {
            guard let from else {
                throw CommandFailure(.usage, "a body alone does not say who sent it", hint: "add --from JID/RESOURCE")
            }
            return (from, text.hasSuffix("\n") ? String(text.dropLast()) : text)
        }
        let stanza: Element
        do throws(XMLError) { stanza = try XMLParser.parse(text) } catch { throw CommandFailure(error) }
        guard stanza.matches("message", "jabber:client"), stanza["type"] != "groupchat" else {
            throw CommandFailure(.unsupported, "this is no message to one program", hint: "OTR is not for rooms")
        }
        // XEP-0364 §4.2: a copy is for the program that holds the keys
        guard let body = stanza.only("body")?.text else {
            throw CommandFailure(.unsupported, "there is no body in this message")
        }
        let said = try stanza["from"].map { (text) throws(CommandFailure) in
            do { return try GlobalOptions.fullAddress(text) } catch {
                throw CommandFailure(.malformed, "the stanza's sender has no resource", hint: "add --from JID/RESOURCE")
            }
        }
        guard let sender = from ?? said else {
            throw CommandFailure(.usage, "the stanza does not say who sent it", hint: "add --from JID/RESOURCE")
        }
        guard said == nil || said == sender else {
            throw CommandFailure(.unauthentic, "the stanza names another sender than --from")
        }
        return (sender, body)
    }
}

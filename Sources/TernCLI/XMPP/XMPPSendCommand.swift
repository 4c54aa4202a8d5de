// Owns `tern xmpp send`: a text on standard input, for somebody who was perhaps never seen. It must not know how anything is encrypted.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernInput
internal import TernJSON
internal import TernOMEMO
internal import TernPGP
internal import TernStore
internal import TernTransport
internal import TernXML

/// `tern xmpp send`.
struct XMPPSendCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Encrypt a message and send it, to somebody known or not.",
        discussion: """
            What is missing of the recipient's keys is fetched first, and the policy decides about new ones: see 'tern \
            contact policy'. Where nothing can be encrypted nothing is sent. It returns when the server has the message.

            Example:
              echo Hello | tern xmpp send bob@example.org --password-fd 3 3<password
            """)

    @Argument(help: ArgumentHelp("To whom.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID

    @Argument(help: ArgumentHelp("The plaintext; - is standard input.", valueName: "file"), completion: .file())
    var file: String?

    @Option(help: ArgumentHelp("The scheme.", valueName: "scheme"))
    var with = SchemeChoice.omemo

    @Flag(help: "Leave devices out whose keys cannot be had.")
    var partial = false

    @OptionGroup var server: XMPPOptions
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard with != .otr else {
            throw ValidationError("A conversation of OTR is with one program: see tern otr pipe and tern otr step")
        }
        guard !partial || with.openPGP == nil else {
            throw ValidationError("Only OMEMO has --partial: OpenPGP encrypts to all keys or to none")
        }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        // The password first: it may come from the same input.
        let account = try await options.openAccount(in: console.workplace)
        let settings = try server.settings(account.jid, options, in: console.workplace)
        let text = try text(console.workplace)
        let client = server.client(settings, in: console.workplace)
        do throws(TransportError) { _ = try await client.connect() } catch { throw CommandFailure(error) }
        let network = ServerNetwork(client, of: account.jid)
        let request = try EncryptRequest(
            Draft(
                try EncryptRequest.content(text), to: [jid], room: nil, versions: try with.versions(),
                isPartial: partial),
            as: with.openPGP, id: nil)
        let report = try await encrypt(request, account, network, console)
        guard !report.stanzas.isEmpty else {
            await client.close()
            for node in network.takeHidden() { console.note(hidden: node) }
            report.print(console)
            return report.status
        }
        for stanza in report.stanzas {
            let element: Element
            do throws(XMLError) { element = try XMLParser.parse(stanza.xml) } catch { throw CommandFailure(error) }
            guard await client.send(element) else {
                throw CommandFailure(
                    .network, "the connection was lost before the server said that it has the message",
                    hint: "it may have come all the same; nothing else of it is kept")
            }
        }
        // answers to key exchanges, a bundle that lacks a prekey now
        do throws(SessionError) { try await account.carryOut(over: network) } catch { throw CommandFailure(error) }
        await client.close()
        guard console.json else {
            report.note(console)
            return .success
        }
        var object = report.object(line: nil)
        object["type"] = "sent"
        console.print(.object(object))
        return .success
    }

    private func encrypt(
        _ request: EncryptRequest, _ account: Account<AccountStore>, _ network: ServerNetwork, _ console: Console
    ) async throws(CommandFailure) -> EncryptReport {
        if request.openPGP != nil {
            return try await PGPEncrypting(account, console, over: network).encrypt([request]).first
                ?? EncryptReport(failure: CommandFailure(.internalError, "nothing came of it"))
        }
        do throws(SessionError) {
            let results = try await account.encrypt([request.draft], over: network, at: Timestamp.now)
            guard let result = results.first else {
                return EncryptReport(failure: CommandFailure(.internalError, "nothing came of it"))
            }
            return EncryptReport(request, result)
        } catch {
            throw CommandFailure(error)
        }
    }

    private func text(_ workplace: Workplace) throws(CommandFailure) -> String {
        let bytes: [UInt8]
        do throws(InputError) {
            bytes = try workplace.open(file).readAll(limit: EncryptCommand.limit)
        } catch {
            throw CommandFailure(error)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.malformed, "the plaintext is not UTF-8")
        }
        return text
    }
}

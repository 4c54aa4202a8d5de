// Owns `tern pgp sign`: presence as clients of XEP-0027 make it.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernInput
internal import TernJSON
internal import TernPGP
internal import TernXML

/// `tern pgp sign`.
struct PGPSignCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign a presence, as XEP-0027 has it.",
        discussion: """
            Takes the status text from FILE or standard input, which may be empty, and prints the <presence> with its \
            signature. Others learn from it which key to encrypt to; it is no proof of anything else, since whoever has seen \
            it can show it again.

            Example:
              printf away | tern pgp sign
            """)

    @Argument(help: ArgumentHelp("The status; - is standard input.", valueName: "file"), completion: .file())
    var file: String?

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let bytes: [UInt8]
        do throws(InputError) { bytes = try console.workplace.open(file).readAll(limit: 1 << 16) } catch {
            throw CommandFailure(error)
        }
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.malformed, "the status is not UTF-8")
        }
        // what was typed ends with a line's end, and a status does not
        if text.hasSuffix("\n") { text.removeLast() }
        let account = try await options.openAccount(in: console.workplace)
        let signature = try await pgp { () throws(SessionError) in try await account.pgpSignature(over: text) }
        var presence = Element("presence", namespace: "jabber:client")
        if !text.isEmpty { presence.append(Element("status", namespace: "jabber:client", text: text)) }
        presence.append(LegacyMessage.element(signature: signature))
        let xml: String
        do throws(XMLError) { xml = try presence.serialized() } catch {
            throw CommandFailure(.malformed, "the status has characters that XML cannot carry")
        }
        guard console.json else {
            console.print(verbatim: xml)
            return .success
        }
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "pgpSigned"
        object["xml"] = .string(xml)
        console.print(.object(object))
        return .success
    }
}

// Owns `tern pgp verify`: signed presence of clients that speak XEP-0027. It must not know how a signature is checked.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernInput
internal import TernJSON
internal import TernPGP
internal import TernXML

/// `tern pgp verify`.
struct PGPVerifyCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check a signed presence, as XEP-0027 has it.",
        discussion: """
            Takes a <presence> or <message> from FILE or standard input, and says whose key signed its status or body. A good \
            signature says that the key's owner has written the text once: it may have been seen before, and shown again.

            The exit code is 3 where the signature does not fit, 4 where the key is another than the accepted one, and 5 where \
            no key of theirs is known: 'tern pgp key --add' takes one.

            Example:
              tern pgp verify --from bob@example.org presence.xml
            """)

    @Option(
        help: ArgumentHelp("Who sent it. A stanza that names somebody else is refused.", valueName: "jid"),
        transform: GlobalOptions.address)
    var from: BareJID?

    @Argument(help: ArgumentHelp("The stanza; - is standard input.", valueName: "file"), completion: .file())
    var file: String?

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let bytes: [UInt8]
        do throws(InputError) { bytes = try console.workplace.open(file).readAll(limit: PGPInput.limit) } catch {
            throw CommandFailure(error)
        }
        let stanza = try DecryptRequest.element(bytes)
        let found = try await pgp { () throws(SessionError) in try LegacyMessage.signature(in: stanza) }
        guard let found, let text = found.text else {
            throw CommandFailure(
                .unsupported, "this is no stanza that is signed as XEP-0027 has it",
                hint: "it should be a <presence> with <x xmlns='jabber:x:signed'> in it")
        }
        let said = stanza["from"].flatMap { try? JID($0).bare }
        guard let sender = from ?? said else {
            throw CommandFailure(.usage, "the stanza does not say who sent it", hint: "add --from JID")
        }
        guard said == nil || said == sender else {
            throw CommandFailure(.unauthentic, "the stanza names another sender than --from")
        }
        let account = try await options.openAccount(in: console.workplace)
        let (reading, peer) = try await pgp { () throws(SessionError) in
            (
                try await account.verify(pgpSignature: found.bytes, over: text, by: sender),
                try await account.pgpPeer(sender)
            )
        }
        guard let key = try signer(reading, peer, sender) else {
            throw CommandFailure(
                .missingMaterial, "the key that signed this is not known as a key of \(sender)",
                hint: "tern pgp key --of \(sender) --add FILE takes one that came by another way")
        }
        tell(key, reading, text, sender, console)
        return .success
    }

    private func signer(
        _ reading: MessageReading, _ peer: PGPPeer?, _ sender: BareJID
    ) throws(CommandFailure) -> PGPKey? {
        guard reading.signatures.count == 1, let signature = reading.signatures.first, reading.isOrderly else {
            throw CommandFailure(.unauthentic, "there is not exactly one signature")
        }
        switch signature.verdict {
        case .keyMissing: return nil
        case .good: break
        case .bad: throw CommandFailure(.unauthentic, "the signature does not fit the text")
        case .expired, .keyExpired:
            throw CommandFailure(.unauthentic, "the time of the signature or of its key is over")
        case .keyRevoked: throw CommandFailure(.unauthentic, "the key that signed this was revoked by its owner")
        case .unchecked, .weak: throw CommandFailure(.unauthentic, "the signature's algorithm counts for nothing")
        }
        guard let key = signature.primary.flatMap({ peer?[$0] }) else { return nil }
        guard key.trust == .firstUse || key.trust == .verified else {
            throw CommandFailure(
                .untrusted, "the key that signed this is not accepted: \(key.fingerprint.pgpGrouped)",
                hint: "compare it; then tern contact trust \(sender) FINGERPRINT")
        }
        return key
    }

    private func tell(
        _ key: PGPKey, _ reading: MessageReading, _ text: String, _ sender: BareJID, _ console: Console
    ) {
        let made = reading.signatures.first?.made
        guard console.json else {
            return console.print(
                "good  \(key.fingerprint.pgpGrouped)  \(key.trust.words)\(made.map { "  \($0.xmpp)" } ?? "")")
        }
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "pgpVerified"
        object["from"] = .string(sender.description)
        object["fingerprint"] = .string(key.fingerprint.hex)
        object["trust"] = .string(key.trust.rawValue)
        if let made { object["time"] = .string(made.xmpp) }
        object["text"] = .string(text)
        console.print(.object(object))
    }
}

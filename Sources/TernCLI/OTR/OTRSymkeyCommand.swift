// Owns `tern otr symkey`: the extra symmetric key, for what a script does itself. It must not know how it comes about.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernJSON
internal import TernOTR

/// `tern otr symkey`.
struct OTRSymkeyCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "symkey", abstract: "Agree on a key for something else with the other end of a conversation.",
        discussion: """
            Both ends of a conversation have a key that no message carries, 32 bytes. With --to it is announced: the key \
            goes into the file that --key names, for its owner alone, and the stanza to send is printed. What it is for \
            both have to know: --use is a number, --data a text that goes along. It stays the same until the session keys \
            turn: derive others from it, and never encrypt two things with it.

            With --from the keys are listed that this account has got; with --key and --use the newest one for that use is \
            written, and forgotten here. After a day they are forgotten in any case.

            Examples:
              tern otr symkey --to bob@example.org/home --use 7 --key call.key
              tern otr symkey --from alice@example.org --use 7 --key call.key
            """)

    @Option(
        help: ArgumentHelp("With whom there is a conversation.", valueName: "jid/resource"),
        transform: GlobalOptions.fullAddress)
    var to: JID?

    @Option(help: ArgumentHelp("Who announced a key.", valueName: "jid"), transform: GlobalOptions.address)
    var from: BareJID?

    @Option(help: ArgumentHelp("What the key is for, as both know it.", valueName: "number"))
    var use: UInt32?

    @Option(help: ArgumentHelp("What else the other end is told, encrypted.", valueName: "text"))
    var data: String?

    @Option(help: ArgumentHelp("Where the key goes.", valueName: "file"), completion: .file())
    var key: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (to == nil) != (from == nil) else { throw ValidationError("Either --to or --from has to be given") }
        guard to == nil || (use != nil && key != nil) else { throw ValidationError("--to needs --use and --key") }
        guard key == nil || use != nil else { throw ValidationError("--key needs --use") }
        guard data == nil || to != nil else { throw ValidationError("--data goes with --to") }
        guard key != "-" else { throw ValidationError("A key goes to a file") }
        guard use != OTRFileKey.use else { throw ValidationError("this use is that of 'tern otr file'") }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let sink = try key.map { (path) throws(CommandFailure) in
            try NamelessFile(console.workplace.path(path), mayReplace: false, isPrivate: true)
        }
        let account = try await options.openAccount(in: console.workplace)
        if let to, let use, let sink {
            let request = OTRRequest.extraKey(use: use, data: Array((data ?? "").utf8))
            let report = try await OTRReport(request, with: to, of: account)
            for extra in report.extraKeys { try write(extra, to: sink) }
            try sink.keep()
            return try await report.tell(account, console)
        }
        guard let from else { return .internalError }
        let kept: [KeptExtraKey]
        do throws(SessionError) { kept = try await account.otrExtraKeys(from: from) } catch {
            throw CommandFailure(otr: error)
        }
        guard let sink else {
            for each in kept where each.key.use != OTRFileKey.use { each.print(console) }
            return .success
        }
        guard let found = kept.last(where: { $0.key.use == use }) else {
            throw CommandFailure(.missingMaterial, "\(from) has announced no key for this use, or it was taken")
        }
        try write(found.key, to: sink)
        try sink.keep()
        found.print(console)
        try await console.whenDelivered { () throws(SessionError) in try await account.acknowledge(otr: [found.receipt])
        }
        return .success
    }

    private func write(_ extra: ExtraKey, to sink: NamelessFile) throws(CommandFailure) {
        try extra.secret.withSpan { (secret) throws(CommandFailure) in try sink.write(secret) }
    }
}

extension KeptExtraKey {
    /// All but the key.
    func print(_ console: Console) {
        let data = key.data
        guard console.json else {
            guard key.use != OTRFileKey.use else { return console.print("\(author.jid)  \(author.trust.rawValue)") }
            let text = String(validating: data, as: UTF8.self) ?? Base64.encode(data.span)
            return console.print("\(author.jid)  \(author.trust.rawValue)  use \(key.use)  \(safe(text))")
        }
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "otrExtraKey"
        object["peer"] = .string(author.jid.description)
        object["trust"] = .string(author.trust.rawValue)
        if let fingerprint = author.key { object["fingerprint"] = .string(fingerprint.otrGrouped) }
        object["use"] = .number(String(key.use))
        object["data"] = .string(Base64.encode(data.span))
        console.print(.object(object))
    }
}

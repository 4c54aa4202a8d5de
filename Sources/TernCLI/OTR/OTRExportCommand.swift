// Owns `tern otr export`: keys in libotr's own files, for other programs. It must not know how such a file is spelled.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernOTR
internal import TernStore

/// `tern otr export`.
struct OTRExportCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write keys as another program reads them.",
        discussion: """
            Writes a file as libotr does: this account's private key, or the fingerprints of others with what was verified. \
            The key is for a program that goes on in place of this one; two that use it at once are told apart by their \
            instance tags: those are written only for a program that takes this one's place. A file that is there is not replaced.

            Examples:
              tern otr export keys --client pidgin otr.private_key
              tern otr export fingerprints --client profanity fingerprints.txt
            """)

    /// What is written.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case keys, fingerprints
        case instanceTags = "instance-tags"
    }

    /// For whom.
    enum Client: String, ExpressibleByArgument, CaseIterable {
        case pidgin, profanity, mcabber, irssi

        /// What it calls XMPP.
        var network: String {
            switch self {
            case .pidgin: "prpl-jabber"
            case .profanity: "xmpp"
            case .mcabber: "jabber"
            case .irssi: "IRC"
            }
        }
    }

    @Option(help: "The program that reads it.")
    var client = Client.pidgin

    @Option(
        help: ArgumentHelp(
            "What it calls the account: Pidgin puts the resource behind the address.", valueName: "name"))
    var name: String?

    @Argument(help: "What to write: keys, fingerprints or instance-tags.")
    var kind: Kind

    @Argument(help: ArgumentHelp("The file.", valueName: "file"), completion: .file())
    var file: String

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard file != "-", !file.isEmpty else { throw ValidationError("Keys are written to a file") }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        let path = console.workplace.path(file)
        guard !DraftFile.isThere(path) else {
            throw CommandFailure(.usage, "\(file): there is such a file already", hint: "remove it, or name another")
        }
        let draft = try DraftFile(path)
        try draft.write(try await content(account))
        try draft.finish(replacing: false)
        console.note("\(kind.rawValue.replacing("-", with: " ")) are in \(file)")
        return .success
    }

    private func content(_ account: Account<AccountStore>) async throws(CommandFailure) -> [UInt8] {
        let name = name ?? account.jid.description
        do throws(SessionError) {
            switch kind {
            case .keys:
                guard let own = try await account.otrIdentity(making: false) else { throw .materialMissing }
                return try LibotrFiles.keys([(name, own.key)], network: client.network).exposed()
            case .instanceTags:
                guard let own = try await account.otrIdentity(making: false) else { throw .materialMissing }
                let entry = LibotrFiles.InstanceTagEntry(account: name, network: client.network, tag: own.tag)
                return Array(LibotrFiles.instanceTags([entry]).utf8)
            case .fingerprints:
                let entries = try await account.otrPeers().flatMap { peer in
                    peer.settings.keys.filter { $0.trust != .distrusted }.map { key, trust in
                        LibotrFiles.FingerprintEntry(
                            peer: peer.jid.description, account: name, network: client.network, key: key,
                            note: trust == .verified ? "verified" : "")
                    }
                }
                return Array(LibotrFiles.fingerprints(entries).utf8)
            }
        } catch .materialMissing {
            throw CommandFailure(
                .missingMaterial, "this account has no key for OTR yet", hint: "make one: tern otr keys")
        } catch {
            throw CommandFailure(otr: error)
        }
    }
}

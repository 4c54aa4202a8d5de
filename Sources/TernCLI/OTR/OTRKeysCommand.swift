// Owns `tern otr keys`: keys of both sides, and libotr's own files. It must not know how keys are made.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernInput
internal import TernJSON
internal import TernOTR
internal import TernStore

/// `tern otr keys`.
struct OTRKeysCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Show keys, verify or accept one, or take over another program's.",
        discussion: """
            Without an option this account's key, made now where there is none, and those of others are shown. --verify and \
            --trust take a fingerprint that a person has compared, or accepts without. Each program of somebody has a key of its own, \
            and all that are accepted are spoken to; --distrust refuses one for good, as after a theft.

            An address like xmpp:you@example.org?otr-fingerprint=… carries a key from one screen to another: --uri shows this \
            account's, --verify-uri takes another's from whom you trust to have it right.

            --import-keys takes this account's key out of a file that libotr wrote: Pidgin's otr.private_key, profanity's \
            keys.txt. --import-fingerprints takes what such a program knew of others. The program must not use the key at the \
            same time with the same contacts.

            Example:
              tern otr keys --verify bob@example.org 5C1E5A2C 0B2C1FF1 8D9C2A75 4F2F90E8 33A6F1B2
            """)

    @Option(help: ArgumentHelp("Whose key was compared.", valueName: "jid"), transform: GlobalOptions.address)
    var verify: BareJID?

    @Option(
        help: ArgumentHelp("Whose key is accepted without a look.", valueName: "jid"), transform: GlobalOptions.address)
    var trust: BareJID?

    @Option(help: ArgumentHelp("Verify the key that somebody's address carries.", valueName: "address"))
    var verifyUri: String?

    @Flag(help: "Show this account's address with its key, for others to scan or follow.")
    var uri = false

    @Option(
        help: ArgumentHelp("Whose key is refused from now on.", valueName: "jid"), transform: GlobalOptions.address)
    var distrust: BareJID?

    @Option(
        help: ArgumentHelp("Take this account's key from a file of libotr.", valueName: "file"), completion: .file())
    var importKeys: String?

    @Option(help: ArgumentHelp("Take others' keys from a file of libotr.", valueName: "file"), completion: .file())
    var importFingerprints: String?

    @Option(
        help: ArgumentHelp(
            "Take this program's number from a file of libotr, of a program that is used no more.", valueName: "file"),
        completion: .file())
    var importInstanceTags: String?

    @Argument(help: ArgumentHelp("The fingerprint, with or without spaces.", valueName: "fingerprint"))
    var fingerprint: [String] = []

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard verifyUri == nil || (verify ?? trust ?? distrust) == nil else {
            throw ValidationError("--verify-uri says whose key it is: it goes without --verify and --trust")
        }
        guard [verify, trust, distrust].count(where: { $0 != nil }) <= 1 else {
            throw ValidationError("Only one of --verify, --trust and --distrust can be given")
        }
        guard ((verify ?? trust ?? distrust) != nil) == !fingerprint.isEmpty else {
            throw ValidationError("A fingerprint goes with --verify, --trust or --distrust")
        }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        let keys = try importKeys.map { (path) throws(CommandFailure) in try read(path, console) }
        let fingerprints = try importFingerprints.map { (path) throws(CommandFailure) in try read(path, console) }
        let tags = try importInstanceTags.map { (path) throws(CommandFailure) in try read(path, console) }
        let address = try verifyUri.map { (text) throws(CommandFailure) in
            guard let address = OTRAddress(text) else {
                throw CommandFailure(
                    .usage, "this address carries no key of OTR", hint: "it looks like xmpp:JID?otr-fingerprint=KEY")
            }
            return address
        }
        do throws(SessionError) {
            if let jid = verify ?? trust ?? distrust { try await decide(jid, account) }
            if let address {
                _ = try await account.otr(change: address.jid) { settings throws(SessionError) in
                    try settings.accept(address.key, trust: .verified)
                }
            }
            if let keys { try await take(keys: keys, account) }
            if let fingerprints { try await take(fingerprints: fingerprints, account) }
            if let tags { try await take(tags: tags, account) }
            try await show(account, console)
        } catch .notForThisDevice {
            throw CommandFailure(
                .missingMaterial, "the file has no \(tags == nil ? "key" : "instance tag") of \(account.jid)",
                hint: "it has to be libotr's own file")
        } catch {
            throw CommandFailure(otr: error)
        }
        return .success
    }

    private func decide(_ jid: BareJID, _ account: Account<AccountStore>) async throws(SessionError) {
        guard let key = try? Fingerprint(hex: fingerprint.joined()), key.bytes.count == 20 else { throw .malformed }
        let level = verify != nil ? Trust.verified : trust != nil ? .firstUse : .distrusted
        _ = try await account.otr(change: jid) { settings throws(SessionError) in
            guard level != .distrusted else { return try settings.distrust(key) }
            try settings.accept(key, trust: level)
        }
    }

    private func take(keys bytes: [UInt8], _ account: Account<AccountStore>) async throws(SessionError) {
        let file = SecretBytes(copying: bytes)
        let mine = try LibotrFiles.keys(file).compactMap(\.key).filter { $0.account == account.jid }
        guard let key = mine.first, mine.count == 1 else { throw .notForThisDevice }
        // the number of the other program stays its own: two programs with one number take each other's messages
        var entropy = SystemEntropy()
        try await account.setOTRIdentity(OTRIdentity(key: key, tag: InstanceTag(from: &entropy)))
    }

    private func take(tags file: [UInt8], _ account: Account<AccountStore>) async throws(SessionError) {
        let mine = try LibotrFiles.instanceTags(file).filter {
            LibotrFiles.account($0.account, on: $0.network) == account.jid
        }
        guard let entry = mine.first, mine.count == 1, let own = try await account.otrIdentity(making: true) else {
            throw .notForThisDevice
        }
        try await account.setOTRIdentity(OTRIdentity(key: own.key, tag: entry.tag))
    }

    private func take(fingerprints file: [UInt8], _ account: Account<AccountStore>) async throws(SessionError) {
        for entry in try LibotrFiles.fingerprints(file) {
            guard LibotrFiles.account(entry.account, on: entry.network) == account.jid,
                let peer = LibotrFiles.account(entry.peer, on: entry.network)
            else { continue }
            _ = try await account.otr(change: peer) { settings throws(SessionError) in
                // what a person has said here counts more
                guard !settings.keys.contains(where: { $0.key == entry.key && $0.trust == .verified }) else { return }
                let (key, trust) = (settings.key, settings.trust)
                try settings.accept(entry.key, trust: entry.trust)
                // of several a verified one is in front
                if let key, trust == .verified { try settings.accept(key, trust: trust) }
            }
        }
    }

    private func read(_ path: String, _ console: Console) throws(CommandFailure) -> [UInt8] {
        do throws(InputError) {
            return try InputStream(console.workplace.path(path)).readAll(limit: LibotrFiles.longest)
        } catch {
            throw CommandFailure(error)
        }
    }

    private func show(_ account: Account<AccountStore>, _ console: Console) async throws(SessionError) {
        guard let own = try await account.otrIdentity(making: true) else { return }
        let address = OTRAddress(account.jid, own.key.fingerprint).text
        guard !uri || console.json else { return console.print(address) }
        let peers = try await account.otrPeers()
        guard !console.json else {
            var object = JSONObject()
            object["v"] = 1
            object["type"] = "otrKeys"
            object["jid"] = .string(account.jid.description)
            object["fingerprint"] = .string(own.key.fingerprint.otrGrouped)
            object["uri"] = .string(address)
            object["instanceTag"] = .number(String(own.tag.value))
            object["peers"] = .array(
                rows(peers).map { jid, key, trust in
                    var entry = JSONObject()
                    entry["jid"] = .string(jid.description)
                    if let key { entry["fingerprint"] = .string(key.otrGrouped) }
                    entry["trust"] = .string(trust.rawValue)
                    return .object(entry)
                })
            return console.print(.object(object))
        }
        console.print("\(safe(account.jid.description))  \(own.key.fingerprint.otrGrouped)")
        for (jid, key, trust) in rows(peers) {
            console.print("\(safe(jid.description))  \(key?.otrGrouped ?? "no key yet")  \(trust.rawValue)")
        }
    }

    /// A row for each key; one for whoever has none yet.
    private func rows(
        _ peers: [(jid: BareJID, settings: OTRPeerSettings)]
    ) -> [(jid: BareJID, key: Fingerprint?, trust: Trust)] {
        peers.flatMap { peer in
            let keys = peer.settings.keys.map { (peer.jid, Optional($0.key), $0.trust) }
            return keys.isEmpty ? [(peer.jid, nil, .undecided)] : keys
        }
    }
}

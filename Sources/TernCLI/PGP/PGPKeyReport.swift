// Owns how keys of OpenPGP are told to people and programs. It must not know how they came.

internal import Tern
internal import TernCore
internal import TernJSON
internal import TernPGP
internal import TernStore

extension Fingerprint {
    /// As OpenPGP programs show it: groups of four upper-case digits.
    var pgpGrouped: String {
        let digits = Array(hex)
        return stride(from: 0, to: digits.count, by: 4).map { String(digits[$0..<min($0 + 4, digits.count)]) }
            .joined(separator: " ")
    }
}

/// An account's own key.
struct PGPIdentityReport {
    private let jid: BareJID
    private let identity: PGPIdentity
    private let publications: [Publication]
    private let isNew: Bool

    init(_ identity: PGPIdentity, of jid: BareJID, publishing publications: [Publication] = [], isNew: Bool = false) {
        (self.jid, self.identity, self.publications, self.isNew) = (jid, identity, publications, isNew)
    }

    /// Prints it.
    func print(_ console: Console) {
        guard !console.json else { return console.print(.object(object)) }
        console.print("account      \(safe(jid.description))")
        console.print("openpgp      \(identity.fingerprint.pgpGrouped)")
        console.print("created      \(identity.created.xmpp)")
        if let home = identity.home { console.print("home         \(safe(home))") }
        for publication in publications { console.print("publish      \(publication.node.name)") }
    }

    private var object: JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "pgp"
        object["jid"] = .string(jid.description)
        object["fingerprint"] = .string(identity.fingerprint.hex)
        object["created"] = .string(identity.created.xmpp)
        object["new"] = .boolean(isNew)
        if let home = identity.home { object["home"] = .string(home) }
        object["publish"] = .array(publications.map { .string($0.node.name) })
        return object
    }
}

/// Somebody's key.
struct PGPKeyReport {
    private let jid: BareJID
    private let key: PGPKey
    private let isAnnounced: Bool
    private let fault: Event.KeyFault?

    init(_ key: PGPKey, of jid: BareJID, in peer: PGPPeer?, at now: Timestamp) {
        (self.key, self.jid) = (key, jid)
        isAnnounced = peer?.announced?.contains { $0.fingerprint == key.fingerprint } ?? false
        fault = key.fault(at: now, for: .ox)
    }

    /// For programs.
    var object: JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "pgpKey"
        object["jid"] = .string(jid.description)
        object["fingerprint"] = .string(key.fingerprint.hex)
        object["trust"] = .string(key.trust.rawValue)
        object["announced"] = .boolean(isAnnounced)
        object["given"] = .boolean(key.isGiven)
        object["seen"] = .string(key.seen.xmpp)
        if let expires = key.expires { object["expires"] = .string(expires.xmpp) }
        if let fault { object["fault"] = .string(fault.rawValue) }
        return object
    }

    /// For people.
    func print(_ console: Console) {
        console.print("openpgp  \(key.trust.words)\(isAnnounced ? "" : "  not announced")\(faultWords)")
        console.print("  \(key.fingerprint.pgpGrouped)")
    }

    private var faultWords: String { fault.map { $0 == .distrusted ? "" : "  \($0.words)" } ?? "" }
}

extension Event.KeyFault {
    /// In words.
    var words: String {
        switch self {
        case .distrusted: "distrusted"
        case .revoked: "revoked by its owner"
        case .expired: "expired"
        case .undecided: "undecided"
        case .cannotEncrypt: "nobody can encrypt to it"
        case .otherOwner: "does not say that it is theirs"
        }
    }
}

extension PGPKeyReport {
    /// Prints somebody's keys.
    /// - Returns: Whether there are any.
    static func show(
        _ jid: BareJID, _ account: Account<AccountStore>, _ console: Console
    ) async throws(CommandFailure) -> Bool {
        let peer: PGPPeer?
        do throws(SessionError) { peer = try await account.pgpPeer(jid) } catch { throw CommandFailure(error) }
        for key in peer?.keys ?? [] {
            let report = PGPKeyReport(key, of: jid, in: peer, at: Timestamp.now)
            if console.json { console.print(.object(report.object)) } else { report.print(console) }
        }
        return peer?.keys.isEmpty == false
    }
}

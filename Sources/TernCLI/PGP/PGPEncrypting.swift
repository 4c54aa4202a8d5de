// Owns encrypting messages with OpenPGP for `tern encrypt`: requests in, reports out. It must not know how anything is encrypted.

internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernOMEMO
internal import TernPGP
internal import TernStore
internal import TernXML

/// Messages in OpenPGP.
struct PGPEncrypting {
    private let account: Account<AccountStore>
    private let console: Console
    private let network: (any Network)?

    /// - Parameter network: Who fetches what is missing; without it whoever has attached to the process that holds the store.
    init(_ account: Account<AccountStore>, _ console: Console, over network: (any Network)? = nil) {
        (self.account, self.console) = (account, console)
        self.network = network ?? console.workplace.held?.switchboard.network(of: account.jid)
    }

    /// Encrypts each request for itself, for every recipient a message of its own.
    func encrypt(_ requests: [EncryptRequest]) async throws(CommandFailure) -> [EncryptReport] {
        var drafts: [PGPDraft] = []
        var counts: [Int] = []
        var unknown: [Int: CommandFailure] = [:]
        for (place, request) in requests.enumerated() {
            do throws(CommandFailure) {
                let some = try await split(request)
                drafts += some
                counts.append(some.count)
            } catch {
                unknown[place] = error
                counts.append(0)
            }
        }
        let switchboard = console.workplace.held?.switchboard
        let results: [Result<PGPEncryption, SessionError>]
        do throws(SessionError) {
            results = try await account.encrypt(
                pgp: drafts, over: network, at: Timestamp.now)
        } catch .materialMissing {
            throw CommandFailure(noKeyOf: account.jid)
        } catch {
            throw CommandFailure(pgp: error)
        }
        var reports: [EncryptReport] = []
        var rest = zip(drafts, results).map { ($0, $1) }[...]
        for (place, request) in requests.enumerated() {
            let own = Array(rest.prefix(counts[place]))
            rest = rest.dropFirst(counts[place])
            if let failure = unknown[place] {
                reports.append(EncryptReport(failure: failure))
            } else {
                let report = report(request, own)
                if case .missing(let nodes) = own.first?.1.success { switchboard?.tell(needs: nodes, of: account.jid) }
                reports.append(report)
            }
        }
        return reports
    }

    private func split(_ request: EncryptRequest) async throws(CommandFailure) -> [PGPDraft] {
        let scheme = request.openPGP ?? .ox
        guard let room = request.draft.room else {
            return request.draft.recipients.map { PGPDraft(request.draft.content, to: .account($0), as: scheme) }
        }
        guard scheme == .ox else {
            throw CommandFailure(.unsupported, "XEP-0027 is not for rooms", hint: "use --with ox")
        }
        var members = request.draft.recipients
        if members.isEmpty {
            do throws(SessionError) {
                members = try await account.members(of: room)?.map(\.jid).filter { $0 != account.jid } ?? []
            } catch {
                throw CommandFailure(error)
            }
        }
        guard !members.isEmpty else {
            throw CommandFailure(
                .missingMaterial, "nobody has said who belongs to the room",
                hint: "give what the room says to: tern room import ROOM; or name its members with --to")
        }
        return [PGPDraft(request.draft.content, to: .room(room, members: members), as: scheme)]
    }

    private func report(
        _ request: EncryptRequest, _ results: [(PGPDraft, Result<PGPEncryption, SessionError>)]
    ) -> EncryptReport {
        var nodes: [Node] = []
        var events: [Event] = []
        var stanzas: [(to: BareJID, xml: String)] = []
        var failure: CommandFailure?
        for (draft, result) in results {
            switch result {
            case .failure(let error): failure = failure ?? CommandFailure(pgp: error)
            case .success(.missing(let some)): nodes += some
            case .success(.refused(let error, let why)):
                events += why
                failure = failure ?? PGPEncrypting.failure(error, why)
            case .success(.sealed(let outbound, let what)):
                events += what
                for each in outbound {
                    do throws(XMLError) {
                        stanzas.append((draft.partner.jid, try each.stanza(id: request.id ?? randomID()).serialized()))
                    } catch {
                        failure = CommandFailure(.malformed, "the id has characters that XML cannot carry")
                    }
                }
            }
        }
        if let failure { return EncryptReport(failure: failure, events) }
        guard nodes.isEmpty else {
            let missing = CommandFailure(
                .missingMaterial, "lists of keys, or keys, are missing: \(nodes.count)",
                hint: "fetch them and give them to: tern bundle import --from JID")
            return EncryptReport(missing: nodes, missing)
        }
        return EncryptReport(sealed: stanzas, request.openPGP ?? .ox, events)
    }

    private func randomID() -> String {
        var entropy = SystemEntropy()
        return entropy.bytes(8).map { HexDigits.pair($0) }.joined()
    }

    private static func failure(_ error: SessionError, _ why: [Event]) -> CommandFailure {
        let words = why.compactMap(\.pgpWords).joined(separator: "; ")
        switch error {
        case .untrusted:
            return CommandFailure(
                .untrusted, words.isEmpty ? "no key of a recipient is accepted" : words,
                hint:
                    "compare fingerprints: tern contact show JID; then tern contact trust JID FINGERPRINT, or distrust")
        case .materialMissing:
            return CommandFailure(
                .missingMaterial, words.isEmpty ? "a recipient has no key that could be used" : words,
                hint:
                    "see 'tern contact show JID'; 'tern pgp key --of JID --add FILE' takes a key that came by another way"
            )
        default: return CommandFailure(pgp: error)
        }
    }
}

extension PGPSession.Partner {
    fileprivate var jid: BareJID {
        switch self {
        case .account(let jid): jid
        case .room(let room, _): room
        }
    }
}

extension Result {
    fileprivate var success: Success? { try? get() }
}

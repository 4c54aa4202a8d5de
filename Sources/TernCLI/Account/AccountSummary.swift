// Owns how an account is told to people and programs. It must not know where it is kept.

internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernStore

/// What there is to say about an account.
struct AccountSummary {
    private let jid: BareJID
    private let device: DeviceID
    private let fingerprint: Fingerprint
    private let created: Timestamp
    private let isSealed: Bool
    private var preKeys: [OMEMOStatus.OfVersion] = []
    private var moved: Timestamp?
    private var publications: [Node] = []
    private var policy: TrustPolicy?
    /// What a QR code says.
    var uri: String?

    init(_ account: Account<AccountStore>, isSealed: Bool) {
        jid = account.jid
        device = account.device
        fingerprint = account.fingerprint
        created = account.created
        self.isSealed = isSealed
    }

    /// Adds how many one-time prekeys are left, and whether the account has moved away.
    mutating func addPreKeys(of account: Account<AccountStore>) async throws(CommandFailure) {
        do throws(SessionError) {
            let status = try await account.status()
            preKeys = status.versions
            moved = status.moved
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Adds what becomes of new keys.
    mutating func addPolicy(of account: Account<AccountStore>) async throws(CommandFailure) {
        do throws(SessionError) {
            policy = try await account.policy()
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Adds what has to be published before anybody can write to the account.
    mutating func addPublications(of account: Account<AccountStore>) {
        publications = account.nodes
    }

    /// Adds what waits to be published.
    mutating func addWaiting(of account: Account<AccountStore>) async throws(CommandFailure) {
        do throws(SessionError) {
            for outstanding in try await account.outstanding() {
                guard let publication = try await account.publication(for: outstanding.value) else { continue }
                publications.append(publication.node)
            }
        } catch {
            throw CommandFailure(error)
        }
    }

    /// For programs.
    var object: JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "account"
        object["jid"] = .string(jid.description)
        object["device"] = .number(device.description)
        object["fingerprint"] = .string(fingerprint.grouped)
        object["created"] = .string(created.xmpp)
        object["sealed"] = .boolean(isSealed)
        if let policy { object["policy"] = .string(policy.rawValue) }
        if let moved { object["moved"] = .string(moved.xmpp) }
        if !preKeys.isEmpty {
            object["preKeys"] = .array(
                preKeys.map { ["scheme": .string($0.version.scheme.rawValue), "left": .number(String($0.preKeys))] })
        }
        if !publications.isEmpty { object["publish"] = .array(publications.map(\.place)) }
        if let uri { object["uri"] = .string(uri) }
        return object
    }

    /// For people.
    func print(_ console: Console) {
        console.print("account      \(safe(jid.description))")
        console.print("device       \(device)")
        console.print("fingerprint  \(fingerprint.grouped)")
        console.print("created      \(created.xmpp)")
        console.print("store        \(isSealed ? "sealed" : "not sealed")")
        if let policy { console.print("policy       \(policy.rawValue)") }
        if let moved { console.print("moved away   \(moved.xmpp)") }
        for each in preKeys { console.print("prekeys      \(each.preKeys) for \(each.version.scheme.rawValue)") }
        for node in publications { console.print("publish      \(node.name)\(node.item.map { " item \($0)" } ?? "")") }
        guard let uri else { return }
        console.print("uri          \(uri)")
        for line in QRCode(uri)?.lines(colored: console.isColored) ?? [] { console.print(line) }
    }
}

extension Node {
    /// Where something is to be published, for programs.
    fileprivate var place: JSONValue {
        var object = JSONObject()
        object["node"] = .string(name)
        if let item { object["item"] = .string(item) }
        return .object(object)
    }
}

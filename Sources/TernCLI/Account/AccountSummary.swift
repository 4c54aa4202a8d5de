// Owns how an account is told to people and programs. It must not know where it is kept.

internal import Tern
internal import TernCore
internal import TernJSON
internal import TernStore

/// What there is to say about an account.
struct AccountSummary {
    /// The object's type.
    var type = "account"
    private let jid: BareJID
    private let device: DeviceID
    private let fingerprint: Fingerprint
    private let created: Timestamp
    private let isSealed: Bool

    init(_ account: Account<AccountStore>, isSealed: Bool) {
        jid = account.jid
        device = account.device
        fingerprint = account.fingerprint
        created = account.created
        self.isSealed = isSealed
    }

    /// For programs.
    var object: JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = .string(type)
        object["jid"] = .string(jid.description)
        object["device"] = .number(device.description)
        object["fingerprint"] = .string(fingerprint.grouped)
        object["created"] = .string(created.xmpp)
        object["sealed"] = .boolean(isSealed)
        return object
    }

    /// For people.
    func print(_ console: Console) {
        console.print("account      \(safe(jid.description))")
        console.print("device       \(device)")
        console.print("fingerprint  \(fingerprint.grouped)")
        console.print("created      \(created.xmpp)")
        console.print("store        \(isSealed ? "sealed" : "not sealed")")
    }
}

// Owns how a policy is told to people and programs. It must not know where it is kept.

internal import TernCore
internal import TernJSON

/// What becomes of new keys, for people or programs.
struct PolicyReport {
    /// How it is called that an address has no policy of its own.
    static let inherited = "default"
    /// The words that a person chooses from.
    static let names = TrustPolicy.allCases.map(\.rawValue) + [inherited]

    private let account: BareJID
    private let jid: BareJID?
    private let own: TrustPolicy?
    private let effective: TrustPolicy
    private let isAutomatic: Bool

    init(account: BareJID, _ jid: BareJID?, own: TrustPolicy?, effective: TrustPolicy, isAutomatic: Bool) {
        self.isAutomatic = isAutomatic
        self.account = account
        self.jid = jid
        self.own = own
        self.effective = effective
    }

    /// For programs.
    var object: JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "policy"
        object["account"] = .string(account.description)
        if let jid {
            object["jid"] = .string(jid.description)
            object["policy"] = .string(own?.rawValue ?? PolicyReport.inherited)
        } else {
            object["policy"] = .string(effective.rawValue)
        }
        object["effective"] = .string(effective.rawValue)
        object["automatic"] = .boolean(isAutomatic)
        return object
    }

    /// For people.
    var line: String {
        guard let jid else { return "policy \(effective.rawValue)  automatic \(isAutomatic ? "on" : "off")" }
        return "\(safe(jid.description))  policy \(effective.rawValue)\(own == nil ? " (the account's)" : "")"
    }
}

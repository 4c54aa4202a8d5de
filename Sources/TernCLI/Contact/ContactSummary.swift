// Owns how a contact is told in one line. It must not know where what is known of it lies.

internal import TernCore
internal import TernJSON

/// A contact for people or programs.
struct ContactSummary {
    private let jid: BareJID
    private let devices: Int
    private let policy: TrustPolicy?

    init(_ jid: BareJID, devices: Int, policy: TrustPolicy?) {
        self.jid = jid
        self.devices = devices
        self.policy = policy
    }

    /// For programs.
    var object: JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "contact"
        object["jid"] = .string(jid.description)
        object["devices"] = .number(String(devices))
        object["policy"] = .string(policy?.rawValue ?? PolicyReport.inherited)
        return object
    }

    /// For people.
    var line: String {
        "\(safe(jid.description))  \(counted(devices, "device"))\(policy.map { "  policy \($0.rawValue)" } ?? "")"
    }
}

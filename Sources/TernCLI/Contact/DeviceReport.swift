// Owns how a device is told to people and programs. It must not know where what is known of it lies.

internal import TernCore
internal import TernJSON
internal import TernOMEMO

/// A device for people or programs.
struct DeviceReport {
    private let standing: DeviceStanding

    init(_ standing: DeviceStanding) {
        self.standing = standing
    }

    /// For programs.
    var object: JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "device"
        object["jid"] = .string(standing.address.jid.description)
        object["device"] = .number(standing.address.device.description)
        if let fingerprint = standing.fingerprint { object["fingerprint"] = .string(fingerprint.grouped) }
        if let decider = standing.decider { object["decidedBy"] = .string(decider.grouped) }
        if let label = standing.label { object["label"] = .string(label) }
        object["trust"] = .string(standing.trust.rawValue)
        object["schemes"] = .array(standing.versions.map { .string($0.scheme.rawValue) })
        object["sessions"] = .array(
            standing.sessions.map { session in
                [
                    "scheme": .string(session.version.scheme.rawValue), "began": .string(session.began.xmpp),
                    "confirmed": .boolean(session.isConfirmed), "archived": .number(String(session.archived)),
                    "keptKeys": .number(String(session.keptKeys)), "readOnly": .boolean(session.isReadOnly),
                ]
            })
        return object
    }

    /// For people.
    func print(_ console: Console) {
        let schemes = standing.versions.map(\.scheme.rawValue).joined(separator: " ")
        console.print(
            "device \(standing.address.device)  \(standing.trust.words)  \(schemes.isEmpty ? "on no list" : schemes)"
                + (standing.label.map { "  '\(safe($0))'" } ?? ""))
        if let fingerprint = standing.fingerprint { console.print("  \(fingerprint.grouped)") }
        if let decider = standing.decider { console.print("  as said by the device with \(decider.grouped)") }
        for session in standing.sessions {
            let state =
                session.isReadOnly ? "for reading alone" : session.isConfirmed ? "confirmed" : "not yet answered"
            console.print(
                "  session in \(session.version.scheme.rawValue), \(state), since \(session.began.xmpp), "
                    + "\(session.archived) older, \(counted(session.keptKeys, "kept key"))")
        }
    }
}

extension Trust {
    /// For people.
    var words: String {
        switch self {
        case .undecided: "undecided"
        case .firstUse: "accepted, not compared"
        case .verified: "verified"
        case .distrusted: "distrusted"
        }
    }
}

// Owns how something that is gone is told to programs. It must not know how it was removed.

internal import TernCore
internal import TernJSON

/// Something that the store no longer has.
struct Removal {
    /// What it was.
    enum Kind: String {
        case account
        case contact
        case listedDevice
        case room
    }

    private let kind: Kind
    private let jid: BareJID
    private let device: DeviceID?

    init(_ kind: Kind, _ jid: BareJID, device: DeviceID? = nil) {
        self.kind = kind
        self.jid = jid
        self.device = device
    }

    /// For programs.
    var object: JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "removed"
        object["kind"] = .string(kind.rawValue)
        object["jid"] = .string(jid.description)
        if let device { object["device"] = .number(device.description) }
        return object
    }
}

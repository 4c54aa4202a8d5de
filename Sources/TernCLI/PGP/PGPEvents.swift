// Owns how events about keys of OpenPGP are told to people and programs. It must not know where they come from.

internal import TernCore
internal import TernJSON

extension Event {
    /// Writes it for programs, where it is one of these.
    func addPGP(to object: inout JSONObject) -> Bool {
        switch self {
        case .keyAccepted(let jid, let key):
            object["kind"] = "newKey"
            object["jid"] = .string(jid.description)
            object["fingerprint"] = .string(key.hex)
        case .keyUndecided(let jid, let key):
            object["kind"] = "undecidedKey"
            object["jid"] = .string(jid.description)
            object["fingerprint"] = .string(key.hex)
        case .keyChanged(let accepted, let now):
            object["kind"] = "changedKey"
            object["accepted"] = .string(accepted.hex)
            object["fingerprint"] = .string(now.hex)
        case .keyLeftOut(let jid, let key, let fault):
            object["kind"] = "keyLeftOut"
            object["jid"] = .string(jid.description)
            object["fingerprint"] = .string(key.hex)
            object["reason"] = .string(fault.rawValue)
        case .tolerated(let deviation):
            object["kind"] = "tolerated"
            object["reason"] = .string(deviation.rawValue)
        default: return false
        }
        return true
    }

    /// It for people, where it is one of these.
    var pgpWords: String? {
        switch self {
        case .keyAccepted(let jid, let key): "new key of \(jid), accepted on first use: \(key.pgpGrouped)"
        case .keyUndecided(let jid, let key): "a key of \(jid) is undecided: \(key.pgpGrouped)"
        case .keyChanged(let accepted, let now): "another key: \(now.pgpGrouped) in place of \(accepted.pgpGrouped)"
        case .keyLeftOut(let jid, let key, let fault): "a key of \(jid) is left out, \(fault.words): \(key.pgpGrouped)"
        case .tolerated(let deviation): "its sender spells something in another way: \(deviation.words)"
        default: nil
        }
    }
}

extension Event.Deviation {
    fileprivate var words: String {
        switch self {
        case .stamp: "the time"
        case .padding: "the padding"
        case .fullAddress: "a recipient's address"
        case .itemID: "the item's name"
        case .date: "a date"
        }
    }
}

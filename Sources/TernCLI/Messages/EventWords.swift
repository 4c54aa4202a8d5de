// Owns how events, nodes and fingerprints are told to people and programs. It must not know where they come from.

internal import TernCore
internal import TernJSON

/// Bytes as digits.
enum HexDigits {
    /// Two lower-case digits.
    static func pair(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }
}

extension Fingerprint {
    /// As people compare it: groups of eight lower-case digits (XEP-0384 §security).
    var grouped: String {
        stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<min(start + 4, bytes.count)].map { HexDigits.pair($0) }.joined()
        }.joined(separator: " ")
    }
}

extension Node {
    /// The node in words.
    var words: String {
        let place = item.map { " item \($0)" } ?? ""
        return "\(name)\(place) of \(owner)"
    }

    /// The node as something to be fetched.
    var need: JSONValue {
        var object = JSONObject()
        object["kind"] = "fetch"
        object["jid"] = .string(owner.description)
        object["node"] = .string(name)
        if let item { object["item"] = .string(item) }
        return .object(object)
    }
}

extension Event {
    /// The event for programs.
    var json: JSONValue {
        var object = JSONObject()
        if case .optedOut(let jid, let reason) = self {
            object["kind"] = "optedOut"
            object["jid"] = .string(jid.description)
            if let reason { object["text"] = .string(reason) }
            return .object(object)
        }
        if case .memberLeftOut(let jid, let reason) = self {
            object["kind"] = "memberLeftOut"
            object["jid"] = .string(jid.description)
            object["reason"] = .string(reason.rawValue)
            return .object(object)
        }
        if case .unknownRoom(let room) = self {
            object["kind"] = "unknownRoom"
            object["jid"] = .string(room.description)
            return .object(object)
        }
        if addPGP(to: &object) { return .object(object) }
        guard case .device(let address, let event) = self else {
            object["kind"] = "other"
            return .object(object)
        }
        object["kind"] = .string(event.kind)
        object["jid"] = .string(address.jid.description)
        object["device"] = .number(address.device.description)
        switch event {
        case .new(let key), .undecided(let key): object["fingerprint"] = .string(key.grouped)
        case .keyChanged(let accepted, let now):
            object["accepted"] = .string(accepted.grouped)
            object["fingerprint"] = .string(now.grouped)
        case .sessionStarted(let scheme), .sessionReplaced(let scheme), .downgraded(let scheme):
            object["scheme"] = .string(scheme.rawValue)
        case .leftOut(let reason): object["reason"] = .string(reason.rawValue)
        case .authenticated(let key, let sender), .distrusted(let key, let sender):
            object["fingerprint"] = .string(key.grouped)
            object["by"] = .string(sender.jid.description)
            object["byDevice"] = .number(sender.device.description)
        case .withdrawn, .numberTaken, .expired: break
        case .trustHeld(let count), .trustIgnored(let count), .trustSent(let count):
            object["count"] = .number(String(count))
        }
        return .object(object)
    }

    /// The event for people, where it is more than a detail.
    var words: String? {
        if case .optedOut(let jid, let reason) = self {
            return "\(jid) wants no encrypted messages any more\(reason.map { ": \($0)" } ?? "")"
        }
        if case .memberLeftOut(let jid, let reason) = self {
            return "\(jid) does not get this message: \(reason.rawValue)"
        }
        if let words = pgpWords { return words }
        guard case .device(let address, let event) = self else { return nil }
        let device = "device \(address.device) of \(address.jid)"
        return switch event {
        case .new(let key): "new \(device), accepted on first use: \(key.grouped)"
        case .keyChanged(let accepted, let now):
            "\(device) has another key: \(now.grouped) in place of \(accepted.grouped)"
        case .undecided(let key): "\(device) is undecided: \(key.grouped)"
        case .downgraded(let scheme): "\(device) had a newer version and is announced for \(scheme.rawValue) alone"
        case .leftOut(let reason): "\(device) is left out: \(reason.rawValue)"
        case .authenticated(let key, let sender):
            "\(device) is verified, says device \(sender.device) of \(sender.jid): \(key.grouped)"
        case .distrusted(let key, let sender):
            "\(device) is distrusted, says device \(sender.device) of \(sender.jid): \(key.grouped)"
        case .trustHeld(let count):
            "what \(device) says about \(counted(count, "key")) counts once its own key is verified"
        case .trustIgnored(let count): "what \(device) says about \(counted(count, "key")) does not count"
        case .trustSent(let count): "\(device) is told about \(counted(count, "key")): see 'tern outbox'"
        case .expired: "\(device) was silent for too long and is off the lists: see 'tern outbox'"
        case .numberTaken:
            "the number \(address.device) of this device is another's of \(address.jid), and nothing is published: make the "
                + "account anew with another number, or take this one with 'tern omemo join'"
        case .sessionStarted, .sessionReplaced, .withdrawn: nil
        }
    }
}

extension Event {
    /// Whether a message about keys is what it comes from.
    var isAboutTrust: Bool {
        guard case .device(_, let event) = self else { return false }
        return switch event {
        case .authenticated, .distrusted, .trustHeld, .trustIgnored: true
        default: false
        }
    }
}

extension Event.Device {
    /// The name that programs know it by.
    fileprivate var kind: String {
        switch self {
        case .new: "newDevice"
        case .keyChanged: "keyChanged"
        case .undecided: "undecided"
        case .sessionStarted: "sessionStarted"
        case .sessionReplaced: "sessionReplaced"
        case .downgraded: "downgraded"
        case .withdrawn: "withdrawn"
        case .numberTaken: "numberTaken"
        case .expired: "expired"
        case .leftOut: "leftOut"
        case .authenticated: "authenticated"
        case .distrusted: "distrusted"
        case .trustHeld: "trustHeld"
        case .trustIgnored: "trustIgnored"
        case .trustSent: "trustSent"
        }
    }
}

extension Console {
    /// Tells a person something on standard error that is no failure. Programs find it in the object.
    func note(_ text: String) {
        guard !json, verbosity != .quiet else { return }
        draw("tern: \(safe(text))\n")
    }

    /// Tells an event.
    func note(_ event: Event) {
        if let words = event.words { note(words) }
    }
}

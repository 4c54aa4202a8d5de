// Owns what profanity stores of an account's OMEMO: key files in a folder for each account (profanity 0.7 to 0.15,
// `src/omemo/omemo.c`, `store.c`). It must not know what becomes of it.

public import TernCore
internal import TernCrypto
public import TernOMEMO

/// The files of a folder of profanity.
public struct ProfanityStorage {
    private let identity: KeyFile
    private let trusted: KeyFile
    private let known: KeyFile

    /// Reads the files `identity.txt`, `trust.txt` and `known_devices.txt`; what is not there is empty.
    public init(identity: [UInt8], trusted: [UInt8], known: [UInt8]) throws(ForeignError) {
        self.identity = try KeyFile(identity, "identity.txt")
        self.trusted = try KeyFile(trusted, "trust.txt")
        self.known = try KeyFile(known, "known_devices.txt")
    }

    /// The device. It speaks OMEMO 0.3 alone.
    /// - Parameter account: Whose it is: the files do not say that.
    public func device(of account: BareJID?, at now: Timestamp) throws(ForeignError) -> ForeignDevice {
        guard let account else { throw .ambiguous([]) }
        let place = "identity.txt"
        let own = identity["identity"]
        guard let number = own["device_id"].flatMap({ UInt32($0) }), let id = try? DeviceID(number) else {
            throw .malformed(place)
        }
        let secret = try LibsignalKeys.identity(
            try Self.base64(own["identity_key_private"], place), try Self.base64(own["identity_key_public"], place),
            place)
        var device = ForeignDevice(account, id, secret)
        var keys = ForeignDevice.Keys()
        keys.signed = try preKeys("signed_prekeys", at: now)
        keys.oneTime = try preKeys("prekeys", at: now)
        device.keys[.v03] = keys
        device.contacts = try contacts()
        return device
    }

    private func preKeys(_ group: String, at now: Timestamp) throws(ForeignError) -> [ForeignDevice.PreKey] {
        let place = "identity.txt, \(group)"
        var keys: [ForeignDevice.PreKey] = []
        for (id, text) in identity[group].sorted(by: { (Int64($0.key) ?? 0) < (Int64($1.key) ?? 0) }) {
            keys.append(try LibsignalKeys.preKey(try Self.base64(text, place), Int64(id), place, at: now))
        }
        return keys
    }

    /// What is trusted was trusted by a person, or without a look: the files do not say which.
    private func contacts() throws(ForeignError) -> [ForeignDevice.Contact] {
        var keys: [BareJID: [DeviceID: (key: Fingerprint, trust: Trust)]] = [:]
        for (name, devices) in known.groups {
            guard let jid = try? BareJID(name) else { continue }
            for (number, digits) in devices {
                guard let id = UInt32(number).flatMap({ try? DeviceID($0) }) else { continue }
                guard let key = Self.fingerprint(digits) else { throw .malformed("known_devices.txt") }
                keys[jid, default: [:]][id] = (key, .undecided)
            }
        }
        for (name, devices) in trusted.groups {
            guard let jid = try? BareJID(name) else { continue }
            for (number, text) in devices {
                guard let id = UInt32(number).flatMap({ try? DeviceID($0) }) else { continue }
                let key = try LibsignalKeys.fingerprint(try Self.base64(text, "trust.txt"), "trust.txt")
                // another key under the number has its own story, and nobody has told it here
                if let other = keys[jid]?[id]?.key, other != key { continue }
                keys[jid, default: [:]][id] = (key, .firstUse)
            }
        }
        return keys.sorted { $0.key < $1.key }.map { jid, devices in
            var contact = ForeignDevice.Contact(jid)
            contact.trust = devices.sorted { $0.key < $1.key }.map { ($0.key, $0.value.key, $0.value.trust) }
            return contact
        }
    }

    /// Digits in pairs, perhaps behind the type byte.
    private static func fingerprint(_ digits: String) -> Fingerprint? {
        let text = Array(digits.utf8.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: ":") })
        guard var bytes = (try? Hexadecimal.decode(text.span))?.exposed() else { return nil }
        if bytes.count == 33, bytes[0] == 5 { bytes.removeFirst() }
        return try? Fingerprint(bytes)
    }

    private static func base64(_ text: String?, _ place: String) throws(ForeignError) -> [UInt8] {
        guard let text, let bytes = try? Base64.decode(text) else { throw .malformed(place) }
        return bytes
    }
}

// Owns what python-omemo stores of a device: one JSON object whose members are the keys and values of its storage, as
// applications write it (OMEMO 2.1.0 `storage.py`, `session_manager.py`, `identity_key_pair.py`; Oldmemo and Twomemo 2.1.0;
// X3DH 1.3.0 `models.py`). It must not know what becomes of it.

public import TernCore
internal import TernCrypto
internal import TernJSON
public import TernOMEMO

/// A storage of python-omemo.
public struct PythonOMEMOStorage {
    private let values: JSONObject

    /// Reads a document.
    public init(_ bytes: [UInt8]) throws(ForeignError) {
        // bytes are kept as texts of the characters U+0000 to U+00FF
        guard let document = try? JSONReader.read(bytes, allowsNull: true), let values = document.object else {
            throw .malformed("the document")
        }
        self.values = values
    }

    /// The device.
    /// - Parameter account: Whose it is, where the storage does not say that for certain.
    public func device(of account: BareJID?, at now: Timestamp) throws(ForeignError) -> ForeignDevice {
        let number = try value("/own_device_id", \.integer)
        guard let number = UInt32(exactly: number), let id = try? DeviceID(number) else {
            throw .malformed("/own_device_id")
        }
        let isSeed = try value("/ikp/is_seed", \.boolean)
        let secret = try Self.secret(try bytes("/ikp/key"), "/ikp/key")
        let owner: BareJID
        if let account { owner = account } else { owner = try self.account(id) }
        var device = ForeignDevice(owner, id, isSeed ? .seed(secret) : .scalar(secret))
        for version in Version.allCases {
            guard let state = values["/\(version.namespace)/x3dh"] else { continue }
            device.keys[version] = try keys(state, version, now)
        }
        device.contacts = try contacts()
        return device
    }

    /// Whose device it is: who has one of this number with a key that was published from here.
    private func account(_ id: DeviceID) throws(ForeignError) -> BareJID {
        var found: [BareJID] = []
        let own = try bytes("/ikp/key")
        for (jid, device) in devices() where device == id {
            guard let key = try? bytes("/devices/\(jid)/\(id)/identity_key"),
                try Self.isPublic(key, of: own, isSeed: try value("/ikp/is_seed", \.boolean))
            else { continue }
            found.append(jid)
        }
        guard found.count == 1 else { throw .ambiguous(found) }
        return found[0]
    }

    private static func isPublic(_ key: [UInt8], of secret: [UInt8], isSeed: Bool) throws(ForeignError) -> Bool {
        let own = try Self.secret(secret, "/ikp/key")
        let pair = isSeed ? Ed25519PrivateKey(seed: own).x25519() : X25519PrivateKey(own)
        return fingerprint(key)?.bytes == X25519KeyPair(pair).publicKey.bytes.array
    }
}

// MARK: - Prekeys

extension PythonOMEMOStorage {
    private func keys(_ state: JSONValue, _ version: Version, _ now: Timestamp) throws(ForeignError)
        -> ForeignDevice.Keys
    {
        let place = "/\(version.namespace)/x3dh"
        guard let state = state.object else { throw .malformed(place) }
        try Self.check(state, place)
        var keys = ForeignDevice.Keys()
        let signedIDs = try ids("/\(version.namespace)/signed_pre_key_ids")
        for name in ["old_signed_pre_key", "signed_pre_key"] {
            guard let value = state[name] else { throw .malformed(place) }
            if value == .null, name == "old_signed_pre_key" { continue }
            // a time that nobody lives to see would overflow
            guard let pair = value.object, let seconds = pair["timestamp"]?.integer, (0..<1 << 40).contains(seconds)
            else { throw .malformed(place) }
            try Self.check(pair, place)
            let secret = try Self.characters(pair["priv"], place)
            guard let id = signedIDs[Self.publicKey(secret)] else { throw .malformed(place) }
            keys.signed.append(
                ForeignDevice.PreKey(
                    id, try Self.secret(secret, place), made: Timestamp(milliseconds: Int64(seconds) * 1000)))
        }
        let oneTimeIDs = try ids("/\(version.namespace)/pre_key_ids")
        for value in state["pre_keys"]?.array ?? [] {
            let secret = try Self.characters(value, place)
            // one that was made and never published has no number
            guard let id = oneTimeIDs[Self.publicKey(secret)] else { continue }
            keys.oneTime.append(ForeignDevice.PreKey(id, try Self.secret(secret, place), made: now))
        }
        return keys
    }

    /// Numbers of prekeys by their public halves.
    private func ids(_ name: String) throws(ForeignError) -> [[UInt8]: UInt32] {
        var ids: [[UInt8]: UInt32] = [:]
        for member in try value(name, \.object).members {
            guard let key = try? Base64.decode(member.name), key.count == 32, let number = member.value.integer,
                let id = UInt32(exactly: number), ids.updateValue(id, forKey: key) == nil
            else { throw .malformed(name) }
        }
        return ids
    }

    private static func publicKey(_ secret: [UInt8]) -> [UInt8] {
        guard let secret = try? Secret<32>(copying: secret) else { return [] }
        return X25519KeyPair(X25519PrivateKey(secret)).publicKey.bytes.array
    }

    private static func check(_ model: JSONObject, _ place: String) throws(ForeignError) {
        guard let version = model["version"]?.string else { throw .malformed(place) }
        guard version.split(separator: ".").first == "1" else { throw .unsupported("\(place) \(version)") }
    }
}

// MARK: - Others

extension PythonOMEMOStorage {
    private func contacts() throws(ForeignError) -> [ForeignDevice.Contact] {
        var contacts: [BareJID: ForeignDevice.Contact] = [:]
        for (jid, id) in devices() {
            var contact = contacts[jid] ?? ForeignDevice.Contact(jid)
            let place = "/devices/\(jid)/\(id)"
            let active = values["\(place)/active"]?.object
            for version in Version.allCases where active?[version.namespace]?.boolean == true {
                contact.lists[version, default: []].append(id)
            }
            if values["\(place)/identity_key"] != nil {
                guard let key = Self.fingerprint(try bytes("\(place)/identity_key")),
                    let text = values["\(place)/identity_key"]?.string
                else { throw .malformed("\(place)/identity_key") }
                let level = values["/trust/\(jid)/\(text)"]?.string
                contact.trust.append((id, key, Self.trust(level)))
            }
            contacts[jid] = contact
        }
        return contacts.values.sorted { $0.jid < $1.jid }
    }

    /// All devices that something is kept of.
    private func devices() -> [(jid: BareJID, device: DeviceID)] {
        var devices: [(jid: BareJID, device: DeviceID)] = []
        for name in values.names {
            let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 5, parts[1] == "devices", parts[4] == "namespaces",
                let jid = try? BareJID(String(parts[2])), jid.description == parts[2],
                let number = UInt32(parts[3]), let id = try? DeviceID(number)
            else { continue }
            devices.append((jid, id))
        }
        return devices
    }

    /// Applications name their levels as they like. These are what slixmpp-omemo calls its own; whatever else there is, a person
    /// has to say what it means.
    private static func trust(_ level: String?) -> Trust {
        switch level {
        case "TRUSTED": .verified
        case "BLINDLY_TRUSTED": .firstUse
        case "DISTRUSTED": .distrusted
        default: .undecided
        }
    }

    private static func fingerprint(_ edwards: [UInt8]) -> Fingerprint? {
        guard let key = try? Ed25519PublicKey(edwards.span).x25519() else { return nil }
        return try? Fingerprint(key.bytes.array)
    }
}

// MARK: - Values

extension PythonOMEMOStorage {
    private func value<Value>(
        _ name: String, _ path: KeyPath<JSONValue, Value?>
    ) throws(ForeignError) -> Value {
        guard let value = values[name]?[keyPath: path] else { throw .malformed(name) }
        return value
    }

    /// Bytes in the URL-safe alphabet of RFC 4648 §5.
    private func bytes(_ name: String) throws(ForeignError) -> [UInt8] {
        let text = try value(name, \.string).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        guard let bytes = try? Base64.decode(String(text)) else { throw .malformed(name) }
        return bytes
    }

    /// Bytes as characters of their numbers.
    private static func characters(_ value: JSONValue?, _ place: String) throws(ForeignError) -> [UInt8] {
        guard let text = value?.string else { throw .malformed(place) }
        let bytes = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
        guard bytes.count == text.unicodeScalars.count else { throw .malformed(place) }
        return bytes
    }

    private static func secret(_ bytes: [UInt8], _ place: String) throws(ForeignError) -> Secret<32> {
        do throws(CryptoError) { return try Secret<32>(copying: bytes) } catch { throw .malformed(place) }
    }
}

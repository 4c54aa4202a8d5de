// Owns keys as libsignal's family keeps them. It must not know which program does, nor where.

internal import TernCore
internal import TernCrypto
internal import TernOMEMO
internal import TernWire

extension ForeignDatabase.Row {
    /// A device: whose, and its number; nil for what is no address or no number.
    func device(_ name: Int32, _ number: Int32) -> (jid: BareJID, id: DeviceID)? {
        guard let name = text(name), let jid = try? BareJID(name),
            let value = self.number(number).flatMap({ UInt32(exactly: $0) }), let id = try? DeviceID(value)
        else { return nil }
        return (jid, id)
    }
}

/// Keys in libsignal's own forms.
enum LibsignalKeys {
    /// The private half of an identity key, held against the public one.
    static func identity(_ secret: [UInt8], _ publicKey: [UInt8], _ place: String) throws(ForeignError)
        -> IdentitySecret
    {
        try check(secret, publicKey, place)
        return .scalar(try self.secret(secret, place))
    }

    /// A prekey record, under the number that it lies under.
    static func preKey(
        _ record: [UInt8], _ id: Int64?, _ place: String, at now: Timestamp
    ) throws(ForeignError) -> ForeignDevice.PreKey {
        let read: LibsignalPreKeyRecord
        do throws(WireError) { read = try LibsignalPreKeyRecord(record.span) } catch { throw .malformed(place) }
        guard Int64(read.id) == id else { throw .malformed(place) }
        let secret = Array(record[read.privateKey])
        try check(secret, Array(record[read.publicKey]), place)
        return ForeignDevice.PreKey(read.id, try self.secret(secret, place), made: now)
    }

    /// Whose key a session is with.
    static func fingerprint(ofSession record: [UInt8], _ place: String) throws(ForeignError) -> Fingerprint {
        do throws(WireError) {
            let identity = try LibsignalSessionRecord(record.span).identity
            guard let key = try? Fingerprint(identity.span.indices.map { identity[$0] }) else { throw .malformed }
            return key
        } catch {
            throw .malformed(place)
        }
    }

    /// A public key behind its type byte.
    static func fingerprint(_ publicKey: [UInt8], _ place: String) throws(ForeignError) -> Fingerprint {
        guard publicKey.count == 33, publicKey[0] == 5, let key = try? Fingerprint(Array(publicKey.dropFirst())) else {
            throw .malformed(place)
        }
        return key
    }

    private static func check(_ secret: [UInt8], _ publicKey: [UInt8], _ place: String) throws(ForeignError) {
        let pair = X25519KeyPair(X25519PrivateKey(try self.secret(secret, place)))
        guard try fingerprint(publicKey, place).bytes == pair.publicKey.bytes.array else { throw .malformed(place) }
    }

    private static func secret(_ bytes: [UInt8], _ place: String) throws(ForeignError) -> Secret<32> {
        do throws(CryptoError) { return try Secret<32>(copying: bytes) } catch { throw .malformed(place) }
    }
}

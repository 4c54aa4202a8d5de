// Owns what there is to say about this device's own keys and sessions. It changes nothing.

public import TernCore
internal import TernRatchet

/// How a device's OMEMO is.
public struct OMEMOStatus: Hashable, Sendable {
    /// A version of it.
    public struct OfVersion: Hashable, Sendable {
        /// The version.
        public let version: Version
        /// One-time prekeys that nobody has used.
        public let preKeys: Int
        /// The number of the signed prekey that the bundle names.
        public let signedPreKey: UInt32
        /// When it was made.
        public let made: Timestamp
        /// Devices with a session.
        public let sessions: Int
        /// Sessions that are kept beside.
        public let archived: Int
    }

    /// Each version.
    public let versions: [OfVersion]
    /// What has still to be sent, published or fetched.
    public let outstanding: Int
    /// Plaintexts that nobody has acknowledged.
    public let unacknowledged: Int
    /// The newest time that is kept of anything this device did or received: a clock before it is wrong.
    public let newest: Timestamp
    /// When the account moved elsewhere, if it did: here it does nothing any more.
    public let moved: Timestamp?
    /// When this device left OMEMO, if it is gone.
    public let left: Timestamp?
    /// For how long this account's other devices may be silent; none for any time.
    public let expiry: Days?
}

extension OMEMOMachine {
    /// How this device's OMEMO is.
    public func status(in transaction: borrowing some StoreTransaction) throws(SessionError) -> OMEMOStatus {
        var counts = [[0, 0], [0, 0]]
        var newest = own.created
        for jid in try contacts(in: transaction) + [account] {
            guard let contact = try cache.contact(jid, in: transaction) else { continue }
            for list in contact.lists { newest = max(newest, list?.received ?? newest) }
            for device in contact.allDevices {
                newest = max(newest, device.record.decided)
                for version in Version.allCases {
                    let (place, sessions) = (version.place, device.record.sessions[version.place])
                    if sessions.isEmpty { continue }
                    counts[place][0] += 1
                    counts[place][1] += sessions.count - 1
                }
            }
        }
        var versions: [OMEMOStatus.OfVersion] = []
        for version in Version.allCases {
            let id = counters.signedPreKey[version.place]
            guard let signed = try storedPreKey(.signedPreKey, id, version, in: transaction) else {
                throw .store(.damaged)
            }
            newest = max(newest, signed.made)
            versions.append(
                OMEMOStatus.OfVersion(
                    version: version, preKeys: try transaction.list(.preKey, in: version.number).count,
                    signedPreKey: id, made: signed.made, sessions: counts[version.place][0],
                    archived: counts[version.place][1]))
        }
        return OMEMOStatus(
            versions: versions, outstanding: try outstanding(in: transaction).count,
            unacknowledged: try unacknowledged(in: transaction), newest: newest,
            moved: try OMEMOMachine.departure(in: transaction)?.at,
            left: left, expiry: try expiry(in: transaction))
    }
}

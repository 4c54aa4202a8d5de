// Owns a device of another program in Tern's terms. It must not know which program, nor how it keeps its things.

public import TernCore
public import TernCrypto

/// A device that another program has made, and what it knew.
public struct ForeignDevice: ~Copyable, Sendable {
    /// Whose it is.
    public let account: BareJID
    /// Its number.
    public let device: DeviceID
    /// Its private identity key.
    public let identity: IdentitySecret
    /// The keys of each version.
    public var keys: [Version: Keys] = [:]
    /// What it knew of others, and of the account's other devices.
    public var contacts: [Contact] = []

    /// A device without prekeys that knows nobody.
    public init(_ account: BareJID, _ device: DeviceID, _ identity: consuming IdentitySecret) {
        self.account = account
        self.device = device
        self.identity = identity
    }

    /// The prekeys of a version.
    public struct Keys: Sendable {
        /// The signed ones, in the order in which they were made.
        public var signed: [PreKey] = []
        /// The one-time ones.
        public var oneTime: [PreKey] = []

        /// None.
        public init() {}
    }

    /// A private prekey. A class, since what cannot be copied does not go into a collection.
    public final class PreKey: Sendable {
        let id: UInt32
        let key: Secret<32>
        let made: Timestamp

        /// A prekey under the number that others name it by.
        public init(_ id: UInt32, _ key: consuming Secret<32>, made: Timestamp) {
            self.id = id
            self.key = key
            self.made = made
        }
    }

    /// What was known of an account.
    public struct Contact: Sendable {
        /// Whose.
        public let jid: BareJID
        /// Its devices, by version.
        public var lists: [Version: [DeviceID]] = [:]
        /// Keys of its devices, and how far they are trusted.
        public var trust: [(device: DeviceID, key: Fingerprint, trust: Trust)] = []

        /// An account of which nothing is known yet.
        public init(_ jid: BareJID) {
            self.jid = jid
        }
    }
}

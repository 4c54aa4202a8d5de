// Owns what a host is told beside plaintexts. It must not know how it is shown.

/// Something that happened in a conversation.
public enum Event: Hashable, Sendable {
    /// The other end offers to talk in private, in these versions of OTR; what is not answered by itself, a person decides.
    case offered(Set<UInt8>)
    /// Messages can be encrypted now, to the owner of this key.
    case established(Fingerprint)
    /// The same owner made new session keys.
    case refreshed(Fingerprint)
    /// The other end uses another key than the one accepted for it. Nothing is encrypted to it before it is accepted.
    case keyChanged(accepted: Fingerprint, now: Fingerprint)
    /// Our own key was made; it has to be kept.
    case keyGenerated(Fingerprint)
    /// The other end has ended the conversation.
    case endedByPeer
    /// Something came that was not encrypted although the conversation is private. It is shown, if at all, as such.
    case unencrypted
    /// The other end says that it could not read a message. The report is not authenticated.
    case peerReportedError
    /// The last message was encrypted again, for the same owner: the other end had said that it could not read it.
    case resent
    /// A message for another of the account's programs came here.
    case forOtherInstance
    /// A shared secret is being compared.
    case verification(Verification)
    /// The other end has announced a key for something that is not said in the conversation: what for, and whatever it says
    /// about it.
    case extraKey(use: UInt32, data: [UInt8])
    /// Something is to be known of one of an account's devices.
    case device(DeviceAddress, Device)
    /// An account wants to be written to in the clear from now on, for a reason that it may have given (XEP-0384 §opt-out).
    /// Nothing is sent to it before a person has decided.
    case optedOut(BareJID, reason: String?)
    /// A member of a room did not get a message: none of its devices can.
    case memberLeftOut(BareJID, Reason)
    /// Nobody has said who belongs to this room.
    case unknownRoom(BareJID)

    /// A key of OpenPGP was seen for the first time, and accepted as the policy says.
    case keyAccepted(BareJID, Fingerprint)
    /// An account announces a key that nobody has decided about: nothing is encrypted to the account before somebody has.
    case keyUndecided(BareJID, Fingerprint)
    /// A message was not encrypted to a key.
    case keyLeftOut(BareJID, Fingerprint, KeyFault)
    /// A message was taken although its author spells something in another way than the specification.
    case tolerated(Deviation)

    /// Why nothing is encrypted to a key.
    public enum KeyFault: String, Hashable, Sendable {
        /// A person refused it.
        case distrusted
        /// Its owner has taken it back.
        case revoked
        /// Its time is over.
        case expired
        /// Nobody has decided about it, and it is one of the account's own.
        case undecided
        /// None of its parts is for encryption.
        case cannotEncrypt
        /// It does not say that it belongs to the account.
        case otherOwner
    }

    /// What a message's author spells in another way, without harm.
    public enum Deviation: String, Hashable, Sendable {
        /// The time's offset is without a colon.
        case stamp
        /// There is not exactly one padding.
        case padding
        /// A recipient is named with a resource.
        case fullAddress
        /// A published key's item is not named after a time.
        case itemID
        /// A list of keys has a date that is none.
        case date
    }

    /// What there is to know of a device.
    public enum Device: Hashable, Sendable {
        /// It was seen for the first time, and its key accepted as the policy says.
        case new(Fingerprint)
        /// It comes with another key than the one accepted for it. Nothing was done with the new one.
        case keyChanged(accepted: Fingerprint, now: Fingerprint)
        /// Nobody has decided about its key, because it is new and the policy accepts none, or since: nothing is encrypted to
        /// it, or to anybody beside it, before somebody has.
        case undecided(Fingerprint)
        /// A session began.
        case sessionStarted(Scheme)
        /// Messages are sent on another session from now on, one that the other side uses.
        case sessionReplaced(Scheme)
        /// It was known for a newer version than it is announced for now. Nothing is encrypted to it in the older one,
        /// unless that is asked for by name.
        case downgraded(Scheme)
        /// It is this one, which has left: nothing is encrypted here.
        case withdrawn
        /// It is this one, and its number was on the account's list before it was announced: nothing is published before a
        /// person has decided whose the number is.
        case numberTaken
        /// It is one of this account's, and was silent for so long that it was taken off its lists, as the policy says.
        case expired
        /// A message was not encrypted to it.
        case leftOut(Reason)
        /// A message of another device, which is believed, has authenticated its key.
        case authenticated(Fingerprint, by: DeviceAddress)
        /// A message of another device, which is believed, has distrusted its key.
        case distrusted(Fingerprint, by: DeviceAddress)
        /// What it says about so many keys counts once its own is authenticated.
        case trustHeld(Int)
        /// What it says about so many keys does not count: it is not its to say, somebody whose word counts more has said
        /// otherwise, too much waits already, or it cannot be read.
        case trustIgnored(Int)
        /// A message about so many keys was encrypted to it, and waits to be sent.
        case trustSent(Int)
    }

    /// Why a device was left out.
    public enum Reason: String, Hashable, Sendable {
        /// A person refused its key.
        case distrusted
        /// It has published no prekeys.
        case noBundle
        /// What it has published cannot be used.
        case badBundle
        /// Whether it has prekeys could not be found out.
        case unknownBundle
        /// It is not announced for a version that was asked for.
        case otherVersion
        /// It has not answered for so long that nothing more is encrypted to it, until it writes.
        case silent
        /// The account has announced none that could.
        case noDevices
    }

    /// How far the comparison of a shared secret has come.
    public enum Verification: Hashable, Sendable {
        /// The other end asks for the secret, perhaps with a question.
        case asked(question: String?)
        /// So many per cent of it are done.
        case progressed(Int)
        /// Both know the secret. `peerProved` is false for whoever answered a question: it convinces only who asked.
        case succeeded(Fingerprint, peerProved: Bool)
        /// The secrets differ.
        case failed
        /// One end has given up, or broke the rules.
        case aborted
    }
}

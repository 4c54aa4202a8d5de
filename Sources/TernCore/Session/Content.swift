// Owns what people write and read, before encryption and after. It must not know how it is wrapped.

public import TernXML

/// What is said in a message.
public enum Content: Hashable, Sendable {
    /// A text. Every scheme can carry it.
    case text(String)
    /// Children of a `<message>`. OMEMO 2 and OpenPGP can carry them.
    case elements([Element])

    /// The text that a person reads, where there is one.
    public var text: String? {
        switch self {
        case .text(let text): text
        case .elements(let elements):
            elements.first { $0.name == "body" && ["jabber:client", "jabber:server"].contains($0.namespace) }?.text
        }
    }
}

/// A message that was decrypted and authenticated.
public struct Plaintext: Hashable, Sendable {
    /// What it says.
    public let content: Content
    /// Who wrote it.
    public let author: Author
    /// When its author claims to have written it, where the claim is inside the encryption.
    public let claimedTime: Timestamp?

    /// Who wrote a message: the account, and the key that proves it.
    public struct Author: Hashable, Sendable {
        /// Whose key it is said to be.
        public let jid: BareJID
        /// The key that authenticated the message; `nil` for XEP-0027, which authenticates nothing.
        public let key: Fingerprint?
        /// How far the key is believed to be the account's.
        public let trust: Trust

        /// An author.
        public init(_ jid: BareJID, key: Fingerprint?, trust: Trust) {
            self.jid = jid
            self.key = key
            self.trust = trust
        }
    }

    /// A plaintext.
    public init(_ content: Content, by author: Author, claimedTime: Timestamp? = nil) {
        self.content = content
        self.author = author
        self.claimedTime = claimedTime
    }
}

// Owns the names that each version gives to its nodes, elements and attributes. It must not know what stands in them.

internal import TernCrypto
internal import TernXML

/// How a version of OMEMO is spelled: the two differ in values of this type, and nowhere else.
struct Spelling: Sendable {
    /// The node of the device list.
    let deviceListNode: String
    /// The element in it.
    let deviceList: String
    /// Whether devices have signed labels.
    let hasLabels: Bool

    /// The bundles' node, or what its name begins with.
    let bundleNode: String
    /// Whether each device has a node of its own, whose name ends in its number. Else its number is the item's identifier.
    let hasNodePerDevice: Bool
    /// The signed prekey, its signature, the identity key, a one-time prekey, and the attributes with their numbers.
    let signedPreKey, signedPreKeyID, signature, identity, preKey, preKeyID: String

    /// Whether the keys of a message stand under the account that they are for.
    let hasAccounts: Bool
    /// The attribute that says that a key begins a session.
    let keyExchange: String
    /// What XEP-0380 calls it. Its list of names spares whoever is on it a name of its own.
    let displayName: String?

    /// Whether a body for clients that cannot decrypt may stand beside a message.
    let allowsFallback: Bool

    /// The identifier of the one item of a node that has one alone.
    static let currentItem = "current"
}

extension Version {
    /// How the version is spelled.
    var spelling: Spelling {
        switch self {
        case .v03: .omemo03
        case .v2: .omemo2
        }
    }
}

extension Spelling {
    /// XEP-0384 0.3.0 §usecases. Its clients add the name, although XEP-0380 advises against it for what is on its list.
    fileprivate static let omemo03 = Spelling(
        deviceListNode: "eu.siacs.conversations.axolotl.devicelist", deviceList: "list", hasLabels: false,
        bundleNode: "eu.siacs.conversations.axolotl.bundles:", hasNodePerDevice: true,
        signedPreKey: "signedPreKeyPublic", signedPreKeyID: "signedPreKeyId", signature: "signedPreKeySignature",
        identity: "identityKey", preKey: "preKeyPublic", preKeyID: "preKeyId",
        hasAccounts: false, keyExchange: "prekey", displayName: "OMEMO", allowsFallback: true)

    /// XEP-0384 §usecases.
    fileprivate static let omemo2 = Spelling(
        deviceListNode: "urn:xmpp:omemo:2:devices", deviceList: "devices", hasLabels: true,
        bundleNode: "urn:xmpp:omemo:2:bundles", hasNodePerDevice: false,
        signedPreKey: "spk", signedPreKeyID: "id", signature: "spks", identity: "ik", preKey: "pk", preKeyID: "id",
        hasAccounts: true, keyExchange: "kex", displayName: nil, allowsFallback: false)
}

extension Element {
    /// The bytes that the text spells in Base64, where it spells any and they are at most `limit`.
    func bytes(atMost limit: Int) -> [UInt8]? {
        let text = text
        // as much again for white space
        guard text.utf8.count <= (limit + 2) / 3 * 8 else { return nil }
        guard let bytes = try? Base64.decode(text, tolerating: .whiteSpace), bytes.count <= limit else { return nil }
        return bytes
    }
}

// Owns a device's bundle in both versions: its element, and the way from there to keys that a session can begin with.
// It must not know private keys, nor which prekey is picked.

public import TernCore
public import TernCrypto
public import TernRatchet
public import TernXML

/// The public keys that a device offers for new sessions (XEP-0384 §bundles; 0.3.0 §usecases-announcing).
public struct Bundle: Hashable, Sendable {
    /// One-time prekeys that are read at most; both versions suggest 100.
    public static let preKeyLimit = 1000

    /// The version that it is published for.
    public let version: Version
    /// The identity key, with its bytes as received.
    public let identity: IdentityPublicKey
    /// The signed prekey's number.
    public let signedPreKeyID: UInt32
    /// The signed prekey, which nobody vouches for before ``verified()``.
    public let signedPreKey: X25519PublicKey
    /// What claims to be the identity key's signature of the signed prekey.
    public let signature: FixedBytes<64>
    /// The one-time prekeys, each number once; at least one.
    public let preKeys: [PreKey]
    /// One-time prekeys that were passed over: damaged, with a number that was there before, or beyond ``preKeyLimit``.
    public let refused: Int

    /// Puts together what is to be published; see ``OwnBundle``.
    init(
        _ version: Version, identity: IdentityPublicKey, signedPreKey: PreKey, signature: FixedBytes<64>,
        preKeys: [PreKey], refused: Int
    ) {
        self.version = version
        self.identity = identity
        signedPreKeyID = signedPreKey.id
        self.signedPreKey = signedPreKey.key
        self.signature = signature
        self.preKeys = preKeys
        self.refused = refused
    }

    /// Reads a bundle. Single one-time prekeys that are damaged are passed over; the number 0, which no device should give
    /// away, exists and is read.
    /// - Throws: ``TernCore/SessionError/malformed``; ``TernCore/SessionError/materialMissing`` where there is no one-time
    ///   prekey, without which no session may begin.
    public init(_ element: Element, version: Version) throws(SessionError) {
        let spelling = version.spelling
        guard element.matches("bundle", version.namespace), let signed = element.only(spelling.signedPreKey),
            let signedPreKey = PreKey(signed, id: spelling.signedPreKeyID, suite: version.suite),
            let signature = element.only(spelling.signature)?.bytes(atMost: 64),
            let fixed: FixedBytes<64> = try? FixedBytes(signature),
            let key = element.only(spelling.identity)?.bytes(atMost: 33),
            let identity = try? IdentityPublicKey(encoded: key.span, suite: version.suite)
        else { throw .malformed }
        let entries = element.elements("prekeys").flatMap { $0.elements(spelling.preKey) }
        var seen: Set<UInt32> = []
        let preKeys = entries.prefix(Bundle.preKeyLimit).compactMap { entry -> PreKey? in
            guard let preKey = PreKey(entry, id: spelling.preKeyID, suite: version.suite) else { return nil }
            return seen.insert(preKey.id).inserted ? preKey : nil
        }
        guard !preKeys.isEmpty else { throw .materialMissing }
        self.init(
            version, identity: identity, signedPreKey: signedPreKey, signature: fixed, preKeys: preKeys,
            refused: entries.count - preKeys.count)
    }

    /// Checks the signature: strict Ed25519 in OMEMO 2, with the sign bit in 0.3.
    /// - Throws: ``TernCore/SessionError/unauthentic``.
    public func verified() throws(SessionError) -> SignedPreKey {
        do throws(RatchetError) {
            return try SignedPreKey(
                id: signedPreKeyID, key: signedPreKey, signature: signature.span, identity: identity,
                suite: version.suite)
        } catch {
            throw SessionError(error)
        }
    }

    /// The element.
    /// - Throws: ``TernCore/SessionError/misuse`` where a key's number is not from 1 to 2^31 - 1: such a bundle is read and
    ///   never written.
    public func element() throws(SessionError) -> Element {
        let (spelling, namespace) = (version.spelling, version.namespace)
        func element(_ name: String, _ bytes: [UInt8]) -> Element {
            Element(name, namespace: namespace, text: Base64.encode(bytes.span))
        }
        func element(_ name: String, _ key: PreKey, id: String) throws(SessionError) -> Element {
            guard let number = try? DeviceID(key.id) else { throw .misuse }
            var element = element(name, version.suite.encode(key.key))
            element[id] = number.description
            return element
        }
        let signed = PreKey(id: signedPreKeyID, key: signedPreKey)
        var list = Element("prekeys", namespace: namespace)
        for key in preKeys { list.append(try element(spelling.preKey, key, id: spelling.preKeyID)) }
        return Element(
            "bundle", namespace: namespace,
            elements: [
                try element(spelling.signedPreKey, signed, id: spelling.signedPreKeyID),
                element(spelling.signature, signature.array), element(spelling.identity, identity.encoded), list,
            ])
    }
}

extension PreKey {
    /// Reads a key and its number, which is from 0 to 2^32 - 1.
    fileprivate init?(_ element: Element, id attribute: String, suite: Suite) {
        guard let number = element[attribute], number.utf8.count <= 10,
            number.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let id = UInt32(number),
            let bytes = element.bytes(atMost: 33), let key = suite.decode(bytes)
        else { return nil }
        self.init(id: id, key: key)
    }
}

extension Suite {
    /// Reads the wire form of a Curve25519 key, the way back from ``TernRatchet/Suite/encode(_:)``.
    fileprivate func decode(_ bytes: [UInt8]) -> X25519PublicKey? {
        let prefix = keyPrefix.map { [$0] } ?? []
        guard bytes.starts(with: prefix) else { return nil }
        return try? X25519PublicKey(Array(bytes.dropFirst(prefix.count)).span)
    }
}

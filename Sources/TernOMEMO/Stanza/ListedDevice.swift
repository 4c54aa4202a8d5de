// Owns one entry of a device list and its label. It must not know the list.

public import TernCrypto
public import TernCore
public import TernRatchet

/// A device as its account announces it.
public struct ListedDevice: Hashable, Sendable {
    /// The longest label that is read, in bytes of UTF-8. XEP-0384 recommends less than 53 code points.
    public static let labelLimit = 256

    /// Its number.
    public let id: DeviceID
    /// What its owner calls it; nothing to be shown until ``label(signedBy:)`` has given it back.
    let label: String?
    /// What claims to be the identity key's signature of the label.
    let labelSignature: [UInt8]?

    /// A device without a label.
    public init(_ id: DeviceID) {
        self.init(id, label: nil, signature: nil)
    }

    /// A device with a label, signed by its identity key (XEP-0384 §devices).
    /// - Throws: ``TernCore/SessionError/limitExceeded`` for a label longer than ``labelLimit``.
    public init(
        _ id: DeviceID, label: String, signing identity: borrowing IdentityKeyPair, entropy: inout some Entropy
    ) throws(SessionError) {
        guard label.utf8.count <= ListedDevice.labelLimit else { throw .limitExceeded }
        let signature = identity.sign(Array(label.utf8).span, suite: .omemo2, entropy: &entropy)
        self.init(id, label: label, signature: signature.array)
    }

    /// What was received. A label without a signature, or one that is too long, is as good as none.
    init(_ id: DeviceID, label: String?, signature: [UInt8]?) {
        let isUsable = signature?.count == 64 && (label?.utf8.count ?? .max) <= ListedDevice.labelLimit
        self.id = id
        self.label = isUsable ? label : nil
        labelSignature = isUsable ? signature : nil
    }

    /// The label, where it is signed by `identity`, which has to be the device's key in OMEMO 2.
    public func label(signedBy identity: IdentityPublicKey) -> String? {
        guard let label, let labelSignature else { return nil }
        do throws(RatchetError) {
            try identity.verify(labelSignature.span, of: Array(label.utf8).span, suite: .omemo2)
            return label
        } catch {
            return nil
        }
    }
}

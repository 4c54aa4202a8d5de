// Owns the two versions of OMEMO as values: namespace, ratchet parameters and wire format. Nothing else knows a version
// by name.

internal import TernCrypto
public import TernRatchet

/// A version of OMEMO (XEP-0384).
public enum Version: String, Sendable, CaseIterable {
    /// OMEMO 0.3, which most clients speak: libsignal's protocol version 3.
    case v03 = "eu.siacs.conversations.axolotl"
    /// OMEMO 2 (XEP-0384 0.8 and later).
    case v2 = "urn:xmpp:omemo:2"

    /// The XML namespace.
    public var namespace: String { rawValue }

    /// The version of a suite.
    init?(suite id: UInt8) {
        guard let version = Version.allCases.first(where: { $0.suite.id == id }) else { return nil }
        self = version
    }

    /// The ratchet's parameters.
    public var suite: Suite {
        switch self {
        case .v03: .omemo03
        case .v2: .omemo2
        }
    }
}

extension Suite {
    /// XEP-0384 0.3.0, which refers to libsignal's protocol version 3.
    public static let omemo03 = Suite(
        id: 1, agreementInfo: InfoString("WhisperText"), rootInfo: InfoString("WhisperRatchet"),
        messageInfo: InfoString("WhisperMessageKeys"), tagLength: 8, associatedData: .senderFirst,
        identityForm: .curve25519, keyPrefix: 0x05)

    /// XEP-0384 §protocol-x3dh and §protocol-double_ratchet.
    public static let omemo2 = Suite(
        id: 2, agreementInfo: InfoString("OMEMO X3DH"), rootInfo: InfoString("OMEMO Root Chain"),
        messageInfo: InfoString("OMEMO Message Key Material"), tagLength: 16, associatedData: .initiatorFirst,
        identityForm: .ed25519, keyPrefix: nil)

    /// The suite that a stored record names.
    public static func omemo(id: UInt8) -> Suite? {
        [omemo03, omemo2].first { $0.id == id }
    }
}

// Owns the ways in which a text can fail to be an address or a number of a device.

/// Why a text is no address.
public enum AddressError: Error, Equatable, Sendable {
    /// A part is empty or longer than 1023 bytes.
    case badLength(Part)
    /// A part holds a character that it must not.
    case badCharacter(Part)
    /// A bare address was asked for.
    case unexpectedResource
    /// Not between 1 and 2^31 - 1.
    case badDeviceID
    /// Not hexadecimal digits, or not as many as a fingerprint has.
    case badFingerprint

    /// Which part of an address.
    public enum Part: Equatable, Sendable {
        case local, domain, resource
    }
}

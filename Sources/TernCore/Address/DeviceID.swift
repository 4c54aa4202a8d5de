// Owns the number of an OMEMO device and the address that it makes with its account.

/// The number that a device gave itself (XEP-0384 §4.1: 1 to 2^31 - 1).
public struct DeviceID: Hashable, Sendable, Comparable {
    /// The number.
    public let value: UInt32

    /// Checks the number.
    /// - Throws: ``AddressError/badDeviceID``.
    public init(_ value: UInt32) throws(AddressError) {
        guard (1...0x7FFF_FFFF).contains(value) else { throw .badDeviceID }
        self.value = value
    }

    /// Parses decimal digits, without sign, space or leading zero.
    /// - Throws: ``AddressError/badDeviceID``.
    public init(_ text: String) throws(AddressError) {
        let digits = text.utf8
        guard (1...10).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }), digits.first != 0x30,
            let value = UInt32(text)
        else { throw .badDeviceID }
        try self.init(value)
    }

    /// By number.
    public static func < (left: DeviceID, right: DeviceID) -> Bool {
        left.value < right.value
    }
}

extension DeviceID: CustomStringConvertible {
    /// Decimal digits.
    public var description: String { String(value) }
}

/// One device of an account.
public struct DeviceAddress: Hashable, Sendable, Comparable {
    /// Whose device.
    public let jid: BareJID
    /// Which of them.
    public let device: DeviceID

    /// The device `device` of `jid`.
    public init(_ jid: BareJID, _ device: DeviceID) {
        self.jid = jid
        self.device = device
    }

    /// By account, then by number.
    public static func < (left: DeviceAddress, right: DeviceAddress) -> Bool {
        (left.jid, left.device) < (right.jid, right.device)
    }
}

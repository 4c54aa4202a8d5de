// Owns the number that tells a program from the others of its account (OTR 3 §instance-tags). It must not know where it is kept.

public import TernCrypto

/// The number of a program. An account has one for each program, and keeps it.
public struct InstanceTag: Hashable, Sendable {
    /// The number; the first 256 have other meanings.
    public let value: UInt32

    /// A number of 256 or more.
    public init?(_ value: UInt32) {
        guard value >= 0x100 else { return nil }
        self.value = value
    }

    /// A number, each as likely as the others.
    public init(from entropy: inout some Entropy) {
        while true {
            let bytes = entropy.bytes(4)
            let number = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            if let tag = InstanceTag(number) {
                self = tag
                return
            }
        }
    }
}

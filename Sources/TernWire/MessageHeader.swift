// Owns what both versions say about a ratchet message: its header, and where its parts stand.
// It must not know how either version writes it.

/// The header of a Double Ratchet message (Double Ratchet §3, XEP-0384 §4.3).
public struct MessageHeader: Equatable, Sendable {
    /// The message's place in its sending chain, from 0.
    public var n: UInt32
    /// How many messages the sender's previous chain has.
    public var pn: UInt32
    /// The sender's ratchet key, as raw bytes of a Curve25519 u-coordinate.
    public var dhPub: KeyBytes

    /// Puts a header together.
    public init(n: UInt32, pn: UInt32, dhPub: KeyBytes) {
        self.n = n
        self.pn = pn
        self.dhPub = dhPub
    }

    /// Whether all fields are equal.
    public static func == (left: Self, right: Self) -> Bool {
        left.n == right.n && left.pn == right.pn && equal(left.dhPub, right.dhPub)
    }
}

/// A message's header, and where its ciphertext stands in the bytes that were read.
package struct MessageLayout {
    package let header: MessageHeader
    package let ciphertext: Range<Int>
}

/// Where the parts of an authenticated message stand in the bytes that were read.
package struct AuthenticatedLayout {
    /// The message: what its code covers, byte for byte, and what the next step reads.
    package let message: Range<Int>
    /// The code of the message.
    package let mac: Range<Int>
}

// Owns what two people know and compare, until nobody needs it any more.

public import TernCrypto

/// The secret that the socialist millionaires' protocol compares. Wiped when its last holder lets go.
///
/// It is bytes: two people who typed the same in different Unicode forms do not match, so the host normalises.
public final class SharedSecret: Sendable {
    let bytes: SecretBytes

    /// Takes the bytes over.
    public init(_ bytes: consuming SecretBytes) {
        self.bytes = bytes
    }

    /// Copies bytes that stay visible in `bytes`, which nobody wipes.
    public convenience init(copying bytes: [UInt8]) {
        self.init(SecretBytes(copying: bytes))
    }
}

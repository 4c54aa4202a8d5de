// Owns the bounds on what a <key> element carries. It must not know what the bytes mean.

/// What OMEMO puts, as base64, into a `<key>` element: a message or key exchange for one device.
public enum KeyElement {
    /// The most bytes that are looked at.
    ///
    /// A key exchange of either version has about 200 bytes, and a ciphertext carries 48 bytes or, as key transport for
    /// another protocol, little more. 4 KiB leave an order of magnitude for that and for fields yet unknown, and bound
    /// the work on bytes from anybody: 2,000 unknown fields take about 12 µs.
    public static let maximumLength = 4096

    /// The most bytes of ciphertext that are sent: with them, a key exchange stays within ``maximumLength``.
    public static let maximumCiphertextLength = maximumLength - 256

    static func checkLength(_ count: Int) throws(WireError) {
        guard count <= maximumLength else { throw .tooLarge(count) }
    }

    /// AES-CBC with padding gives whole blocks, and at least one.
    static func checkCiphertextLength(_ count: Int) throws(WireError) {
        guard count > 0, count % 16 == 0 else { throw .wrongLength(count) }
        guard count <= maximumCiphertextLength else { throw .tooLarge(count) }
    }
}

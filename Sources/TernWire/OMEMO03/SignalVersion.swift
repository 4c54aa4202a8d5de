// Owns the byte in front of OMEMO 0.3's messages. It must not know what stands behind it.

/// The version byte: the high half is the version of this message, the low half the highest that its sender speaks.
/// Both are 3 in OMEMO; a sender may speak more.
enum SignalVersion {
    static let byte: UInt8 = 0x33

    /// Checks the first byte of `frame`, and its length before anything is read.
    /// - Throws: ``WireError/tooLarge(_:)``, ``WireError/truncated``, ``WireError/unsupportedVersion(_:)``.
    @inline(__always)
    static func check(_ frame: Span<UInt8>) throws(WireError) {
        try KeyElement.checkLength(frame.count)
        guard !frame.isEmpty else { throw .truncated }
        guard frame[0] >> 4 == 3, frame[0] & 0x0f >= 3 else { throw .unsupportedVersion(frame[0]) }
    }
}

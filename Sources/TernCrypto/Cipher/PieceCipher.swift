// Owns sealing a long text piece by piece. It must not know what is in the pieces, nor what stands before them.

/// A long text in pieces, as STREAM does it (Hoang, Reyhanitabar, Rogaway, Vizar 2015) with XChaCha20-Poly1305: the number of a piece and
/// whether it is the last are part of its nonce, so that none can be left out, repeated, moved or cut off. What stands before the
/// pieces is authenticated with each.
public enum PieceCipher {
    /// Bytes of a piece before it is sealed; the last one may have fewer.
    public static let pieceLength = 1 << 16
    /// Bytes of a piece after it is sealed.
    public static let sealedLength = pieceLength + XChaCha20Poly1305.tagLength
    /// Bytes of a nonce that all pieces share.
    public static let prefixLength = XChaCha20Poly1305.nonceLength - 9

    /// Seals a piece.
    /// - Throws: ``CryptoError/wrongLength(_:)`` for a key or prefix of another length.
    public static func seal(
        _ piece: Span<UInt8>, number: UInt64, isLast: Bool, key: borrowing Secret<32>, prefix: [UInt8],
        authenticating head: Span<UInt8>
    ) throws(CryptoError) -> [UInt8] {
        let nonce = nonce(prefix, number, isLast)
        var sealed = [UInt8](repeating: 0, count: piece.count + XChaCha20Poly1305.tagLength)
        var output = sealed.mutableSpan
        try XChaCha20Poly1305.seal(
            piece, key: key.span, nonce: nonce.span, authenticating: head, into: &output)
        return sealed
    }

    /// Opens a piece.
    /// - Throws: ``CryptoError/unauthentic``, and ``CryptoError/wrongLength(_:)`` for a prefix of another length.
    public static func open(
        _ sealed: Span<UInt8>, number: UInt64, isLast: Bool, key: borrowing Secret<32>, prefix: [UInt8],
        authenticating head: Span<UInt8>
    ) throws(CryptoError) -> SecretBytes {
        let nonce = nonce(prefix, number, isLast)
        return try XChaCha20Poly1305.open(sealed, key: key.span, nonce: nonce.span, authenticating: head)
    }

    private static func nonce(_ prefix: [UInt8], _ number: UInt64, _ isLast: Bool) -> [UInt8] {
        var nonce = prefix
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            nonce.append(UInt8(truncatingIfNeeded: number >> shift))
        }
        nonce.append(isLast ? 1 : 0)
        return nonce
    }
}

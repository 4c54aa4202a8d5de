// Owns the key and nonce of one encrypted file, and what they open and seal. It must not know where the file lies.

public import TernCrypto

/// AES-256-GCM for one file (XEP-0454 §3): a key that is used once. It cannot be copied, and so not be printed either.
public struct MediaKey: ~Copyable, Sendable {
    private let nonce: [UInt8]
    private let key: Secret<32>

    /// Bytes of the nonces that are written; old programs wrote 16.
    private static let nonceLength = 12
    private static let knownNonceLengths = [12, 16]
    private static let keyLength = 32

    /// Draws a key for a new file.
    public init(from entropy: inout some Entropy) {
        nonce = entropy.bytes(MediaKey.nonceLength)
        key = Secret<32>(from: &entropy)
    }

    /// Parses what stands behind the `#`: hexadecimal digits of either case, first of the nonce, then of the key.
    /// - Throws: ``MediaError/badFragment``.
    public init(fragment text: Span<UInt8>) throws(MediaError) {
        let nonceLength = text.count / 2 - MediaKey.keyLength
        guard text.count.isMultiple(of: 2), MediaKey.knownNonceLengths.contains(nonceLength) else { throw .badFragment }
        do throws(CryptoError) {
            let bytes = try Hexadecimal.decode(text)
            let span = bytes.span
            self.init(
                (0..<nonceLength).map { span[$0] },
                try Secret(copying: span.extracting(nonceLength..<span.count)))
        } catch {
            throw .badFragment
        }
    }

    private init(_ nonce: [UInt8], _ key: consuming Secret<32>) {
        self.nonce = nonce
        self.key = key
    }

    /// What stands behind the `#`. A secret.
    public func fragment() -> SecretBytes {
        var bytes = SecretBytes(count: nonce.count + MediaKey.keyLength)
        bytes.write(nonce.span, at: 0)
        bytes.write(key.span, at: nonce.count)
        return Hexadecimal.encode(bytes.span)
    }

    /// Encrypts the file. Its tag goes behind its last byte.
    public func sealing() throws(CryptoError) -> AESGCM.Sealing {
        try AESGCM.Sealing(key: key.span, nonce: nonce.span)
    }

    /// Begins the first of two readings.
    public func opening() throws(CryptoError) -> MediaOpening {
        MediaOpening(try AESGCM.Opening(key: key.span, nonce: nonce.span), try PieceMarks())
    }
}

// Owns the order of reading an encrypted file: once for its tag, and only then again for its plaintext. It must not know
// where the file lies.

public import TernCrypto

/// The first reading of an encrypted file, in sections. Nothing is released.
///
/// A file is too large for memory, so its ciphertext is read twice, and somebody may change it in between. Each section of
/// the second reading is therefore recognised before it is decrypted: no byte is released that the tag did not vouch for.
public struct MediaOpening: ~Copyable {
    private var opening: AESGCM.Opening
    private var marks: PieceMarks

    /// Bytes of a section. All but the last have as many, in both readings.
    public static let sectionLength = 1 << 20

    init(_ opening: consuming AESGCM.Opening, _ marks: consuming PieceMarks) {
        self.opening = opening
        self.marks = marks
    }

    /// Reads the next section of the ciphertext.
    /// - Throws: ``TernCrypto/CryptoError/limitExceeded`` beyond GCM's limit.
    public mutating func read(_ section: Span<UInt8>) throws(CryptoError) {
        try opening.read(section)
        try marks.record(section)
    }

    /// Ends the first reading with the 16 bytes behind the ciphertext.
    /// - Throws: ``TernCrypto/CryptoError/unauthentic``.
    public consuming func authenticate(tag: Span<UInt8>) throws(CryptoError) -> MediaDecryption {
        MediaDecryption(try opening.authenticate(tag: tag), marks)
    }
}

/// The second reading, of a file whose tag has been checked.
public struct MediaDecryption: ~Copyable {
    private var decryption: AESGCM.Decryption
    private var marks: PieceMarks

    init(_ decryption: consuming AESGCM.Decryption, _ marks: consuming PieceMarks) {
        self.decryption = decryption
        self.marks = marks
    }

    /// Decrypts the next section where it stands.
    /// - Throws: ``TernCrypto/CryptoError/changedBetweenReads``: then it was not decrypted.
    @_lifetime(section: copy section)
    public mutating func decrypt(_ section: inout MutableSpan<UInt8>) throws(CryptoError) {
        try marks.recognise(section.span)
        try decryption.decrypt(&section)
    }

    /// Ends the second reading.
    /// - Throws: ``TernCrypto/CryptoError/changedBetweenReads`` where sections are missing.
    public consuming func finish() throws(CryptoError) {
        try decryption.finish()
    }
}

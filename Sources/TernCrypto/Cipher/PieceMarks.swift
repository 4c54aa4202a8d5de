// Owns recognising a piece of a text that is read a second time, before anything is made of it. It must not know where the
// text lies.

/// What tells the pieces of a first reading again in a second one: a GMAC of each (NIST SP 800-38D) under a key that is drawn
/// for this and never leaves. A text that its tag vouched for may lie where somebody else can write: what is decrypted in
/// the second reading is then exactly what was authenticated in the first, piece by piece and not only at the end.
///
/// It holds 16 bytes a piece, so pieces of 1 MiB cost 1 MiB for the longest text of GCM.
public struct PieceMarks: ~Copyable {
    private let handle: CipherHandle
    private var marks: [FixedBytes<16>] = []
    private var recognised = 0

    /// Draws the key.
    public init() throws(CryptoError) {
        handle = try PieceMarks.keyed()
        Memory.burnStack()
    }

    private static func keyed() throws(CryptoError) -> CipherHandle {
        var entropy = SystemEntropy()
        let key = Secret<32>(from: &entropy)
        guard let kind = CipherKind.gcm(keyLength: key.span.count) else { throw .wrongLength(key.span.count) }
        let handle = try CipherHandle(opening: kind)
        try handle.setKey(key.span)
        return handle
    }

    /// Remembers the next piece of the first reading.
    public mutating func record(_ piece: Span<UInt8>) throws(CryptoError) {
        marks.append(try mark(piece, at: marks.count))
    }

    /// Holds the next piece of the second reading against the first.
    /// - Throws: ``CryptoError/changedBetweenReads`` for another piece, and for one more than there were.
    public mutating func recognise(_ piece: Span<UInt8>) throws(CryptoError) {
        guard recognised < marks.count else { throw .changedBetweenReads }
        let mark = try mark(piece, at: recognised)
        guard Memory.equal(mark.span, marks[recognised].span) else { throw .changedBetweenReads }
        recognised += 1
    }

    /// The place is the nonce: no two pieces share one, and none can stand in for another.
    private func mark(_ piece: Span<UInt8>, at place: Int) throws(CryptoError) -> FixedBytes<16> {
        var nonce = InlineArray<12, UInt8>(repeating: 0)
        for index in 0..<8 { nonce[index] = UInt8(truncatingIfNeeded: place >> (8 * index)) }
        try handle.restart(nonce: nonce.span, data: piece)
        return try handle.tag()
    }
}

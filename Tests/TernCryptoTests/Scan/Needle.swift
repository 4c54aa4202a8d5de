// Owns the description of a secret that a memory scan looks for, without holding the secret.
// It must not know where the memory is.

/// Bytes to look for, kept exclusive-ored with a random mask: the description itself is not a copy.
struct Needle: Sendable {
    private(set) var masked: [UInt8]
    private(set) var mask: [UInt8]

    var count: Int { masked.count }

    /// Describes `secret`.
    init(_ secret: Span<UInt8>) {
        var generator = SystemRandomNumberGenerator()
        mask = (0..<secret.count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        masked = mask
        for index in masked.indices { exclusiveOr(secret[index], at: index) }
    }

    private init(masked: [UInt8], mask: [UInt8]) {
        self.masked = masked
        self.mask = mask
    }

    /// The same secret, each byte exclusive-ored with `byte`: HMAC's padded keys.
    func exclusiveOr(_ byte: UInt8) -> Needle {
        Needle(masked: masked.map { $0 ^ byte }, mask: mask)
    }

    /// Changes one byte of what is described; never inlined, so that no vector register ever holds a part of the secret.
    @inline(never)
    mutating func exclusiveOr(_ byte: UInt8, at index: Int) {
        masked[index] ^= byte
    }

    /// The same secret with each group of `length` bytes turned round: the words of a hash's state.
    func reversedWords(of length: Int) -> Needle {
        let order = (0..<count).map { $0 / length * length + (length - 1 - $0 % length) }
        return Needle(masked: order.map { masked[$0] }, mask: order.map { mask[$0] })
    }

    /// A part of the secret.
    func extracting(_ range: Range<Int>) -> Needle {
        Needle(masked: Array(masked[range]), mask: Array(mask[range]))
    }

    /// The secret cut into words of eight bytes.
    ///
    /// An allocator writes its own words over the begin of what it takes back, and a frame over a part of what lay under
    /// it: a leak is seldom whole.
    var words: [Needle] {
        stride(from: 0, to: count - 7, by: 8).map { extracting($0..<$0 + 8) }
    }

    /// The byte at `index` of the secret.
    func byte(_ index: Int) -> UInt8 { masked[index] ^ mask[index] }

    /// Where the scan's first, quick comparison looks: a byte that is rare in memory.
    var rareIndex: Int {
        masked.indices.first { (2...254).contains(byte($0)) } ?? 0
    }
}

// Owns bytes as specifications print them.

extension [UInt8] {
    /// The bytes that `hexadecimal` spells, two digits each; what is no digit separates.
    init(hexadecimal: String) {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        precondition(digits.count % 2 == 0, "half a byte")
        self = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

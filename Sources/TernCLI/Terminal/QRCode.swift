// Owns drawing a text as a QR code with letters, by libqrencode. It must not know what the text says.

internal import CQREncode

/// A QR code (ISO/IEC 18004).
struct QRCode {
    /// Modules on a side, without the quiet zone.
    let width: Int
    private let modules: [Bool]

    /// The light margin that readers need, in modules (ISO/IEC 18004 §5.3.8).
    private static let quietZone = 4

    /// Encodes a text. Nothing where it is empty or has more than 2,953 bytes, the most that a code holds.
    ///
    /// A screen has no stains, so the level is the one that corrects least: the code stays small.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        let code = unsafe bytes.withUnsafeBufferPointer {
            unsafe QRcode_encodeData(Int32($0.count), $0.baseAddress, 0, QR_ECLEVEL_L)
        }
        guard let code = unsafe code else { return nil }
        defer { unsafe QRcode_free(code) }
        guard let data = unsafe code.pointee.data else { return nil }
        width = Int(unsafe code.pointee.width)
        // the lowest bit is the colour, the others say what part of the code it is
        modules = unsafe UnsafeBufferPointer(start: data, count: width * width).map { $0 & 1 == 1 }
    }

    /// The code in lines, two modules in a letter, with its quiet zone.
    ///
    /// With colours the letters are black on white, whatever the terminal is. Without them light modules are drawn and dark
    /// ones left out, which is right on a dark terminal; on a light one the code is inverted, which most readers take too.
    func lines(colored: Bool) -> [String] {
        let side = -QRCode.quietZone..<(width + QRCode.quietZone)
        return stride(from: side.lowerBound, to: side.upperBound, by: 2).map { row in
            let letters = side.map { column in
                QRCode.letter(
                    isDark(column, row) == colored,
                    // below the last row there is nothing, not even a margin
                    row + 1 < side.upperBound && isDark(column, row + 1) == colored)
            }
            return colored ? "\u{1b}[30;107m\(letters.joined())\u{1b}[0m" : letters.joined()
        }
    }

    private func isDark(_ column: Int, _ row: Int) -> Bool {
        guard (0..<width).contains(column), (0..<width).contains(row) else { return false }
        return modules[row * width + column]
    }

    private static func letter(_ upper: Bool, _ lower: Bool) -> String {
        switch (upper, lower) {
        case (true, true): "█"
        case (true, false): "▀"
        case (false, true): "▄"
        case (false, false): " "
        }
    }
}

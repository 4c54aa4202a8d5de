// Owns names of files that are not UTF-8: Linux allows any bytes, texts do not. It must not know what is at a path.

internal import Glibc

/// Names of files as texts, without loss. A byte that is no part of UTF-8 is kept as one of the last 128 scalars, which
/// are private and unused; those scalars themselves, where a name has them, are kept byte by byte in the same way.
public enum FileName {
    private static let first: UInt32 = 0x10_ff00
    private static let kept: ClosedRange<UInt32> = 0x10_ff80...0x10_ffff

    /// The name of some bytes.
    public static func text(of bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self), !hasKept(text) { return text }
        var output = String.UnicodeScalarView()
        var rest = bytes[...]
        while let byte = rest.first {
            let length = min(byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4, rest.count)
            if let letter = String(validating: rest.prefix(length), as: UTF8.self), !hasKept(letter) {
                output.append(contentsOf: letter.unicodeScalars)
                rest = rest.dropFirst(length)
            } else {
                if let scalar = Unicode.Scalar(first + UInt32(byte)) { output.append(scalar) }
                rest = rest.dropFirst()
            }
        }
        return String(output)
    }

    /// The bytes of a name.
    public static func bytes(of text: String) -> [UInt8] {
        guard hasKept(text) else { return Array(text.utf8) }
        return text.unicodeScalars.flatMap { scalar in
            kept.contains(scalar.value) ? [UInt8(scalar.value - first)] : Array(UTF8.encode(scalar) ?? .init())
        }
    }

    /// The arguments of this process, the program's name left out.
    public static func arguments() -> [String] {
        (1..<max(1, Int(CommandLine.argc))).map { index in
            guard let argument = unsafe CommandLine.unsafeArgv[index] else { return "" }
            return unsafe text(of: Array(UnsafeRawBufferPointer(start: argument, count: strlen(argument))))
        }
    }

    /// Hands the system a path as it wants it. A zero byte would end it early: such a path is handed over empty.
    public static func withPath<Result>(
        _ path: String, _ body: (UnsafePointer<CChar>) -> Result
    ) -> Result {
        let bytes = bytes(of: path)
        let letters = (bytes.contains(0) ? [] : bytes).map { CChar(bitPattern: $0) } + [0]
        return unsafe letters.withUnsafeBufferPointer { letters in
            // an array with an element has an address
            guard let start = letters.baseAddress else { preconditionFailure("a path ends with a zero") }
            return unsafe body(start)
        }
    }

    private static func hasKept(_ text: String) -> Bool {
        text.utf8.contains(0xf4) && text.unicodeScalars.contains { kept.contains($0.value) }
    }
}

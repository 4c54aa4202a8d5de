// Owns splitting an input into lines, for formats with one object a line. It must not know what is in a line.

/// The lines of an input, one by one, none of them longer than a limit.
public struct LineReader: ~Copyable, Sendable {
    private var input: InputStream
    private let limit: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var isEnded = false
    /// The number of the line that was given last, from 1.
    public private(set) var number = 0
    /// Bytes of all lines that were given.
    public private(set) var consumed = 0

    private static let chunk = 1 << 16

    /// - Parameter limit: The most bytes that a line may have, its line feed not counted.
    public init(_ input: consuming InputStream, limit: Int) {
        self.input = input
        self.limit = limit
    }

    /// The next line without its line feed, and without a carriage return before it; nil at the end. A last line needs no
    /// line feed. A line that is too long is passed over in pieces, and counts.
    public mutating func next() throws(InputError) -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return try line(start..<end)
            }
            searched = buffer.count
            guard searched - start <= limit + 1 else {
                try skip()
                throw tooLong()
            }
            if isEnded {
                defer { start = buffer.count }
                return start < buffer.count ? try line(start..<buffer.count) : nil
            }
            if start > 0 {
                buffer.removeSubrange(..<start)
                searched -= start
                start = 0
            }
            let chunk = try input.read(upTo: LineReader.chunk)
            isEnded = chunk.isEmpty
            buffer += chunk
        }
    }

    private mutating func line(_ range: Range<Int>) throws(InputError) -> [UInt8] {
        var line = buffer[range]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        number += 1
        guard line.count <= limit else { throw tooLong() }
        consumed += line.count
        return Array(line)
    }

    /// Goes behind the next line feed, and keeps nothing of what is before it.
    private mutating func skip() throws(InputError) {
        number += 1
        while !isEnded {
            if let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) {
                start = end + 1
                return
            }
            buffer = try input.read(upTo: LineReader.chunk)
            start = 0
            isEnded = buffer.isEmpty
        }
        start = buffer.count
    }

    private func tooLong() -> InputError {
        InputError(.lineTooLong, input.path, "line \(number) is longer than \(limit) bytes")
    }

    /// Whether the next line can be given without waiting for whoever writes: a whole line, or the end.
    public func isReady() -> Bool {
        isEnded || buffer[start...].contains(UInt8(ascii: "\n")) || input.isReady()
    }
}

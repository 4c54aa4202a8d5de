// Owns numbers and bytes in a row, as a session's own part of a record is made of. It must not know what they mean.

internal import TernCore

/// Writes.
struct FrozenWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ number: Int64) {
        for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> (56 - 8 * place))) }
    }

    mutating func write(counted value: [UInt8]) {
        write(Int64(value.count))
        bytes += value
    }
}

/// Reads, strictly: what is not as it was written is damaged.
struct FrozenReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func number() throws(SessionError) -> Int64 {
        guard bytes.count - place >= 8 else { throw .store(.damaged) }
        defer { place += 8 }
        return bytes[place..<place + 8].reduce(0) { $0 << 8 | Int64($1) }
    }

    mutating func number(upTo most: Int64) throws(SessionError) -> Int64 {
        let number = try number()
        guard (0...most).contains(number) else { throw .store(.damaged) }
        return number
    }

    mutating func flag() throws(SessionError) -> Bool { try number(upTo: 1) == 1 }

    mutating func counted(_ most: Int) throws(SessionError) -> [UInt8] {
        let count = Int(try number(upTo: Int64(most)))
        guard bytes.count - place >= count else { throw .store(.damaged) }
        defer { place += count }
        return Array(bytes[place..<place + count])
    }

    /// Where the rest begins.
    var offset: Int { place }
}

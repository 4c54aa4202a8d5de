// Owns numbers and bytes in a row, as records are made of. It must not know what they mean.

/// Writes.
package struct FrozenWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func write(_ number: Int64) {
        for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> (56 - 8 * place))) }
    }

    package mutating func write(counted value: [UInt8]) {
        write(Int64(value.count))
        bytes += value
    }

    package mutating func write(_ key: Fingerprint?, _ trust: Trust) {
        write(counted: key?.bytes ?? [])
        write(Int64(FrozenReader.trusts.firstIndex(of: trust) ?? 0))
    }
}

/// Reads, strictly: what is not as it was written is damaged.
package struct FrozenReader {
    private let bytes: [UInt8]
    private var place = 0

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package mutating func number() throws(SessionError) -> Int64 {
        guard bytes.count - place >= 8 else { throw .store(.damaged) }
        defer { place += 8 }
        return bytes[place..<place + 8].reduce(0) { $0 << 8 | Int64($1) }
    }

    package mutating func number(upTo most: Int64) throws(SessionError) -> Int64 {
        let number = try number()
        guard (0...most).contains(number) else { throw .store(.damaged) }
        return number
    }

    package mutating func flag() throws(SessionError) -> Bool { try number(upTo: 1) == 1 }

    package mutating func counted(_ most: Int) throws(SessionError) -> [UInt8] {
        let count = Int(try number(upTo: Int64(most)))
        guard bytes.count - place >= count else { throw .store(.damaged) }
        defer { place += count }
        return Array(bytes[place..<place + count])
    }

    package mutating func key() throws(SessionError) -> (key: Fingerprint?, trust: Trust) {
        let bytes = try counted(FrozenReader.longestFingerprint)
        let key = try? Fingerprint(bytes)
        guard key != nil || bytes.isEmpty else { throw .store(.damaged) }
        return (key, FrozenReader.trusts[Int(try number(upTo: Int64(FrozenReader.trusts.count - 1)))])
    }

    /// In the order of records.
    package static let trusts: [Trust] = [.undecided, .firstUse, .verified, .distrusted]
    private static let longestFingerprint = 32

    /// Where the rest begins.
    package var offset: Int { place }
}

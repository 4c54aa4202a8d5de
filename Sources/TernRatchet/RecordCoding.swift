// Owns the bytes of stored records: fixed fields in a fixed order, integers most significant byte first.
// It must not know what the fields mean.

package import TernCrypto

/// Writes fields one after the other into memory that is wiped.
package struct RecordWriter: ~Copyable {
    private var buffer: SecretBytes
    private var count = 0

    /// `capacity` bounds what will be written.
    package init(capacity: Int) {
        buffer = SecretBytes(count: capacity)
    }

    package mutating func write(_ byte: UInt8) {
        let place = count
        var bytes = buffer.mutableSpan
        bytes[place] = byte
        count = place + 1
    }

    package mutating func write(_ flag: Bool) {
        write(flag ? 1 as UInt8 : 0)
    }

    package mutating func write(_ number: UInt32) {
        write(UInt8(truncatingIfNeeded: number >> 24))
        write(UInt8(truncatingIfNeeded: number >> 16))
        write(UInt8(truncatingIfNeeded: number >> 8))
        write(UInt8(truncatingIfNeeded: number))
    }

    package mutating func write(_ number: UInt64) {
        write(UInt32(truncatingIfNeeded: number >> 32))
        write(UInt32(truncatingIfNeeded: number))
    }

    package mutating func write(_ source: Span<UInt8>) {
        let place = count
        buffer.write(source, at: place)
        count = place + source.count
    }

    package consuming func finish() -> SecretBytes {
        var finished = buffer
        finished.truncate(to: count)
        return finished
    }
}

extension MutableSpan where Element == UInt8 {
    /// Writes a number as a ``RecordWriter`` does.
    @_lifetime(self: copy self)
    mutating func write(_ number: UInt32, at place: Int) {
        for offset in 0..<4 { self[place + offset] = UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32(offset))) }
    }
}

/// Reads what a ``RecordWriter`` wrote, and nothing else.
package struct RecordReader: ~Escapable {
    private let bytes: Span<UInt8>
    private var place = 0

    @_lifetime(copy bytes)
    package init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    @_lifetime(self: copy self)
    package mutating func byte() throws(RatchetError) -> UInt8 {
        guard place < bytes.count else { throw .malformedRecord }
        place += 1
        return bytes[place - 1]
    }

    @_lifetime(self: copy self)
    package mutating func flag() throws(RatchetError) -> Bool {
        switch try byte() {
        case 0: false
        case 1: true
        default: throw .malformedRecord
        }
    }

    @_lifetime(self: copy self)
    package mutating func number() throws(RatchetError) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 { number = number << 8 | UInt32(try byte()) }
        return number
    }

    @_lifetime(self: copy self)
    package mutating func longNumber() throws(RatchetError) -> UInt64 {
        let high = UInt64(try number())
        return high << 32 | UInt64(try number())
    }

    @_lifetime(self: copy self)
    @_lifetime(copy self)
    package mutating func take(_ count: Int) throws(RatchetError) -> Span<UInt8> {
        guard bytes.count - place >= count else { throw .malformedRecord }
        place += count
        return bytes.extracting(place - count..<place)
    }

    @_lifetime(self: copy self)
    package mutating func secret() throws(RatchetError) -> Secret<32> {
        let source = try take(32)
        return Secret<32> { bytes in for index in 0..<32 { bytes[index] = source[index] } }
    }

    @_lifetime(self: copy self)
    package mutating func publicKey() throws(RatchetError) -> X25519PublicKey {
        do {
            return try X25519PublicKey(take(32))
        } catch {
            throw .malformedRecord
        }
    }

    /// - Throws: ``RatchetError/malformedRecord`` when bytes are left.
    package func finish() throws(RatchetError) {
        guard place == bytes.count else { throw .malformedRecord }
    }
}

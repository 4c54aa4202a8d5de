// Owns the fields that this module's records add to those of the ratchet's. It must not know what they are for.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

extension RecordWriter {
    /// A number of 64 bits with a sign.
    mutating func write(_ number: Int64) {
        write(UInt64(bitPattern: number))
    }

    /// A point in time.
    mutating func write(_ time: Timestamp) {
        write(time.milliseconds)
    }

    /// Bytes behind their count, of at most 65,535.
    mutating func write(counted bytes: Span<UInt8>) {
        write(UInt32(bytes.count))
        write(bytes)
    }

    /// A public key.
    mutating func write(_ key: X25519PublicKey) {
        write(key.bytes.span)
    }
}

extension RecordReader {
    /// A number of 64 bits with a sign.
    @_lifetime(self: copy self)
    mutating func signed() throws(RatchetError) -> Int64 {
        Int64(bitPattern: try longNumber())
    }

    /// A point in time.
    @_lifetime(self: copy self)
    mutating func time() throws(RatchetError) -> Timestamp {
        Timestamp(milliseconds: try signed())
    }

    /// Bytes behind their count.
    @_lifetime(self: copy self)
    @_lifetime(copy self)
    mutating func counted() throws(RatchetError) -> Span<UInt8> {
        let count = try number()
        guard count <= 1 << 24 else { throw .malformedRecord }
        return try take(Int(count))
    }

    /// A device's number.
    @_lifetime(self: copy self)
    mutating func device() throws(RatchetError) -> DeviceID {
        let number = try number()
        guard let device = try? DeviceID(number) else { throw .malformedRecord }
        return device
    }

    /// The number of the record's format, which comes first.
    /// - Returns: The number that it was written with.
    @_lifetime(self: copy self)
    @discardableResult
    mutating func format(_ known: UInt8) throws(RatchetError) -> UInt8 {
        let version = try byte()
        guard version <= known else { throw .unsupportedRecord(version: version) }
        guard version > 0 else { throw .malformedRecord }
        return version
    }
}

extension Span where Element == UInt8 {
    /// A copy.
    var array: [UInt8] { unsafe withUnsafeBufferPointer { unsafe Array($0) } }
}

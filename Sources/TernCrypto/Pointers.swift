// Owns the step from a span to the pointer that a C function wants. Nothing outside this module sees a pointer.

extension Span where Element == UInt8 {
    /// Calls `body` with the address of the first byte, or, for an empty span, of a byte that is not to be read.
    @inline(__always)
    func withPointer<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        unsafe withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { return unsafe body(base) }
            let nothing: UInt8 = 0
            return unsafe withUnsafePointer(to: nothing) { unsafe body($0) }
        }
    }
}

extension MutableSpan where Element == UInt8 {
    /// Copies bytes to where there is room for them.
    @_lifetime(self: copy self)
    package mutating func write(_ source: Span<UInt8>, at place: Int) {
        let length = source.count
        precondition(place >= 0 && length <= count - place, "there is no such room")
        unsafe withPointer { target in
            unsafe source.withPointer { unsafe (target + place).update(from: $0, count: length) }
        }
    }

    /// Calls `body` with the address of the first byte, or, for an empty span, of a byte that is not to be written.
    @_lifetime(self: copy self)
    @inline(__always)
    mutating func withPointer<Result>(_ body: (UnsafeMutablePointer<UInt8>) -> Result) -> Result {
        unsafe withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { return unsafe body(base) }
            var nothing: UInt8 = 0
            return unsafe withUnsafeMutablePointer(to: &nothing) { unsafe body($0) }
        }
    }
}

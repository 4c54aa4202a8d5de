// Owns secrets whose length is known only when they are made: plaintexts, records, runs of message keys.
// It must not know what lies in them.

/// Secret bytes of a length chosen at run time: one allocation, no copies, wiped at the end of its life.
@safe
public struct SecretBytes: ~Copyable, @unchecked Sendable {
    private let base: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    /// The number of bytes.
    public private(set) var count: Int

    /// `count` zero bytes.
    public init(count: Int) {
        precondition(count >= 0, "a length is not negative")
        unsafe base = unsafe Memory.allocate(max(count, 1))
        unsafe base.initialize(repeating: 0, count: max(count, 1))
        capacity = max(count, 1)
        self.count = count
    }

    /// Bytes that are still to be written, all of them, and `rest` more behind them that no span shows.
    init(unwritten count: Int, rest: Int) {
        capacity = max(count + rest, 1)
        unsafe base = unsafe Memory.allocate(capacity)
        self.count = count
    }

    /// Copies bytes that somebody else owns, and wipes.
    public init(copying source: Span<UInt8>) {
        let length = source.count
        let memory = unsafe Memory.allocate(max(length, 1))
        unsafe source.withPointer { unsafe memory.update(from: $0, count: length) }
        unsafe base = memory
        capacity = max(length, 1)
        count = length
    }

    /// Copies bytes that stay visible in `source`, which nobody wipes: for what a person typed or a file held.
    public init(copying source: [UInt8]) {
        self.init(copying: source.span)
    }

    /// The bytes, for as long as the buffer is borrowed.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe Span(_unsafeStart: base, count: count)
            return unsafe _overrideLifetime(bytes, borrowing: self)
        }
    }

    /// The bytes to write to, for as long as the buffer is held.
    public var mutableSpan: MutableSpan<UInt8> {
        @_lifetime(&self)
        mutating get {
            let bytes = unsafe MutableSpan(_unsafeStart: base, count: count)
            return unsafe _overrideLifetime(bytes, mutating: &self)
        }
    }

    /// The first `length` bytes to write to, for as long as the buffer is held.
    @_lifetime(&self)
    package mutating func mutablePrefix(_ length: Int) -> MutableSpan<UInt8> {
        precondition((0...count).contains(length), "only what is there can be lent")
        let bytes = unsafe MutableSpan(_unsafeStart: base, count: length)
        return unsafe _overrideLifetime(bytes, mutating: &self)
    }

    /// Lets `body` read the bytes: for a secret that lies in a class, whose properties cannot be borrowed for longer.
    public func withSpan<Result: ~Copyable, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(span)
    }

    /// Overwrites a part with zeros, also where the bytes are only borrowed: what is forgotten changes for everybody.
    /// (`mutating` would be honest. A class that holds the buffer would then pay 40 ns for each access, in checks of
    /// exclusivity at run time.)
    package func wipe(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "only what is there can be wiped")
        unsafe Memory.wipe(base + range.lowerBound, range.count)
    }

    /// Keeps the first `count` bytes and wipes the rest.
    public mutating func truncate(to count: Int) {
        precondition((0...self.count).contains(count), "a buffer only shrinks")
        unsafe Memory.wipe(base + count, self.count - count)
        self.count = count
    }

    /// Copies bytes to where there is room for them.
    package mutating func write(_ source: Span<UInt8>, at place: Int) {
        let length = source.count
        precondition(place >= 0 && length <= count - place, "there is no such room")
        unsafe source.withPointer { unsafe (base + place).update(from: $0, count: length) }
    }

    /// As ``truncate(to:)`` where what is cut off is no secret.
    mutating func shorten(to count: Int) {
        precondition((0...self.count).contains(count), "a buffer only shrinks")
        self.count = count
    }

    /// Writes the last bytes of the memory, behind the buffer's own.
    mutating func writeRest(_ source: Span<UInt8>) {
        let length = source.count
        precondition(length <= capacity - count, "there is no such rest")
        unsafe source.withPointer { unsafe (base + (capacity - length)).update(from: $0, count: length) }
    }

    /// Moves what ``writeRest(_:)`` wrote to `target`: it is here no more.
    @_lifetime(target: copy target)
    package mutating func giveRest(to target: inout MutableSpan<UInt8>) {
        let length = target.count
        precondition(length <= capacity - count, "there is no such rest")
        let rest = unsafe base + (capacity - length)
        unsafe target.withPointer { unsafe $0.update(from: rest, count: length) }
        unsafe Memory.wipe(rest, length)
    }

    /// A copy outside the buffer's care: for a host that has to show a plaintext.
    public func exposed() -> [UInt8] {
        span.indices.map { span[$0] }
    }

    deinit {
        unsafe Memory.release(base, capacity)
    }
}

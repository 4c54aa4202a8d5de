// Owns memory that holds a secret whose length is known only when it comes: a passphrase, an answer, a key file.
// It must not know what the secret is for.

/// Any number of secret bytes; otherwise as ``Secret``.
@safe
public struct SecretBytes: ~Copyable, @unchecked Sendable {
    private let base: UnsafeMutablePointer<UInt8>
    /// How many there are.
    public let count: Int

    /// Copies bytes that somebody else owns, and wipes.
    public init(copying source: Span<UInt8>) {
        count = source.count
        unsafe base = UnsafeMutablePointer<UInt8>.allocate(capacity: max(count, 1))
        for index in 0..<count { unsafe (base + index).initialize(to: source[index]) }
    }

    /// Copies bytes that stay visible in `source`, which nobody wipes: for what a person typed or a file held.
    public init(copying source: [UInt8]) {
        self.init(copying: source.span)
    }

    /// The bytes, for as long as the secret is borrowed.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe Span(_unsafeStart: base, count: count)
            return unsafe _overrideLifetime(bytes, borrowing: self)
        }
    }

    /// Lets `body` read the bytes: for a secret that lies in a class, whose properties cannot be borrowed for longer.
    public func withSpan<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(span)
    }

    deinit {
        unsafe Memory.wipe(base, count)
        unsafe base.deallocate()
    }
}

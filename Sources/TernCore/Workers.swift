// Owns the threads that a host lends to a long computation. It must not know what is computed.

/// Threads that a host lends to a computation which can be cut into shares.
public struct Workers: Sendable {
    /// A share of a computation, by its number.
    public typealias Share = @Sendable (Int) -> Void

    private let run: @Sendable (_ count: Int, _ share: Share) -> Void

    /// - Parameter run: Does the shares 0 to `count - 1`, each once and in any order, and returns when all are done.
    public init(_ run: @escaping @Sendable (_ count: Int, _ share: Share) -> Void) {
        self.run = run
    }

    /// Does all shares, and returns when they are done.
    public func perform(_ count: Int, _ share: Share) {
        run(count, share)
    }

    /// The caller's own thread.
    public static let caller = Workers { count, share in
        for number in 0..<count { share(number) }
    }
}

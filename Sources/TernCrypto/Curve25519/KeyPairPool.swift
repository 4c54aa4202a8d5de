// Owns key pairs made ahead, while there is time, for the moment when there is none.

/// Fresh pairs kept ready: taking one costs no curve arithmetic. An empty pool makes a pair on the spot.
public struct KeyPairPool<Source: Entropy>: KeyPairSource, ~Copyable {
    private var ready: Link?
    private var fresh: FreshKeyPairs<Source>
    /// The number of pairs that are ready.
    public private(set) var count = 0

    /// An empty pool that draws private keys from `entropy`.
    public init(_ entropy: Source) {
        fresh = FreshKeyPairs(entropy)
    }

    /// Makes pairs until `count` are ready, for an idle moment.
    public mutating func fill(to count: Int) {
        while self.count < count {
            ready = Link(fresh.next(), before: ready.take())
            self.count += 1
        }
    }

    /// A pair that was ready, or a new one.
    public mutating func next() -> X25519KeyPair {
        guard let link = ready.take() else { return fresh.next() }
        count -= 1
        ready = link.following.take()
        return link.pair.take() ?? fresh.next()
    }

    /// A class because values that cannot be copied do not go into arrays.
    private final class Link {
        var pair: X25519KeyPair?
        var following: Link?

        init(_ pair: consuming X25519KeyPair, before following: consuming Link?) {
            self.pair = consume pair
            self.following = following
        }

        /// Lets the links behind go one by one: each letting go of the next would take a stack frame a link.
        deinit {
            var next = following.take()
            while let link = next { next = link.following.take() }
        }
    }
}

// Owns making something of each of many values on the threads that a host lends. It must not know what is made.

internal import Synchronization

extension Workers {
    /// What `body` makes of each value, in their order.
    /// - Parameter share: How many of them one thread does at a time.
    public func map<Value: Sendable, Result: Sendable>(
        _ values: [Value], share: Int = 32, _ body: @Sendable (Value) -> Result
    ) -> [Result] {
        guard values.count > share else { return values.map(body) }
        let count = (values.count + share - 1) / share
        let results = Shares<Result>(count)
        withoutActuallyEscaping(body) { body in
            perform(count) { number in
                let range = number * share..<min(values.count, (number + 1) * share)
                results.put(values[range].map(body), number)
            }
        }
        return results.joined
    }
}

/// What came of each share.
private final class Shares<Result: Sendable>: Sendable {
    private let results: Mutex<[[Result]]>

    init(_ count: Int) {
        results = Mutex(Array(repeating: [], count: count))
    }

    func put(_ values: [Result], _ number: Int) {
        results.withLock { $0[number] = values }
    }

    var joined: [Result] { results.withLock { Array($0.joined()) } }
}

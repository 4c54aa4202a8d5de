// Owns a store in memory that fails when it is told to. It must not know what is stored.

internal import Synchronization
public import TernCore

/// A store whose next change fails, before or after it was made durable.
public final class FaultyStore: Store {
    /// How a change fails.
    public enum Fault: Sendable, CaseIterable {
        /// Nothing of it was written.
        case before
        /// All of it was written, and the process did not hear of it.
        case after
    }

    private let rows: MemoryStore
    private let fault = Mutex<Fault?>(nil)

    /// An empty store.
    public init() {
        rows = MemoryStore()
    }

    /// Makes the next change fail.
    public func failOnce(_ fault: Fault) {
        self.fault.withLock { $0 = fault }
    }

    /// All rows, for a comparison.
    package var image: [MemoryStore.Place: [UInt8]] { rows.image }

    /// Changes rows, or fails.
    public func write<Result, Failure: Error>(
        _ body: (inout MemoryStore.Transaction) throws(Failure) -> Result
    ) throws(TransactionError<Failure>) -> Result {
        let fault = fault.withLock { fault in
            let due = fault
            fault = nil
            return due
        }
        switch fault {
        case nil: return try rows.write(body)
        case .after:
            _ = try rows.write(body)
            throw .store(.failing(code: 5))
        case .before:
            do throws(TransactionError<Refusal<Failure>>) {
                try rows.write { transaction throws(Refusal<Failure>) in
                    do throws(Failure) {
                        _ = try body(&transaction)
                    } catch {
                        throw .refused(error)
                    }
                    throw .undone
                }
            } catch .refused(.refused(let failure)) {
                throw .refused(failure)
            } catch {
                throw .store(.failing(code: 5))
            }
            throw .store(.failing(code: 5))
        }
    }

    private enum Refusal<Failure: Error>: Error {
        case refused(Failure)
        case undone
    }
}

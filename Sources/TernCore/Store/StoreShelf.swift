// Owns what is asked of a place that keeps several accounts. It must not know how it keeps them.

/// The stores of several accounts.
public protocol StoreShelf<Shelved>: Sendable {
    /// The rows of one of them.
    associatedtype Shelved: Store

    /// The rows of an account.
    /// - Throws: ``StoreError/missing`` where there is none for the address.
    func account(_ jid: BareJID) throws(StoreError) -> Shelved

    /// Makes an account with its first rows: both or neither.
    /// - Throws: ``StoreError/exists`` where there is one for the address.
    func create<Result, Failure: Error>(
        account jid: BareJID, at now: Timestamp, _ body: (inout Shelved.Transaction) throws(Failure) -> Result
    ) throws(TransactionError<Failure>) -> Result
}

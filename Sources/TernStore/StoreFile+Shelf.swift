// Owns the word that a store file keeps several accounts. It must not know what for.

public import TernCore

extension StoreFile: StoreShelf {
    /// The rows of one account.
    public typealias Shelved = AccountStore
}

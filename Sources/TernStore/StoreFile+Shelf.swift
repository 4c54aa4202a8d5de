// Owns the word that a store file keeps several accounts. It must not know what for.

public import TernCore

extension StoreFile: StoreShelf {
    public typealias Shelved = AccountStore
}

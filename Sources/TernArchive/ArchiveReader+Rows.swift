// Owns putting the rows of a file into a store. It must not know what is in a row.

public import TernCore
internal import TernCrypto

extension ArchiveReader {
    /// Reads to the end and keeps nothing: whether the file is whole, and as it was written.
    public mutating func checkRest() throws(ArchiveError) {
        while let entry = try next() { _ = consume entry }
    }

    /// Puts all rows into a transaction. Where this throws, the transaction must come to nothing.
    public mutating func restore(in transaction: inout some StoreTransaction) throws(ArchiveError) {
        var numbers: [Int64: Int64] = [:]
        while let entry = try next() {
            switch consume entry {
            case .address(let jid, let number):
                let own: Int64
                do throws(StoreError) { own = try transaction.addNumber(of: jid) } catch { throw .store(error) }
                guard numbers.updateValue(own, forKey: number) == nil else { throw .malformed }
            case .row(let table, let key, let named, let row):
                guard let group = named.contains(.group) ? numbers[key.group] : key.group,
                    let item = named.contains(.item) ? numbers[key.item] : key.item
                else { throw .malformed }
                do throws(StoreError) { try transaction.put(row.span, table, RowKey(group, item)) } catch {
                    throw .store(error)
                }
            }
        }
    }
}

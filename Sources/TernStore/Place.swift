// Owns where a row lies in the whole store, as numbers and as bytes. It must not know what a row is sealed with.

internal import TernCore

/// Where a row lies. Table 0 is the addresses: group is the address's number then.
struct Place {
    let account: Int64
    let table: Int64
    let key: RowKey

    init(account: Int64, table: Table, key: RowKey) {
        self.account = account
        self.table = Int64(table.rawValue)
        self.key = key
    }

    /// Where an address lies; account 0 is the accounts' own.
    init(account: Int64, address number: Int64) {
        self.account = account
        table = 0
        key = RowKey(number)
    }

    /// What a sealed row is bound to: four numbers, high bytes first.
    var bytes: InlineArray<32, UInt8> {
        let numbers: InlineArray<4, Int64> = [account, table, key.group, key.item]
        return InlineArray { UInt8(truncatingIfNeeded: numbers[$0 / 8] >> (56 - 8 * Int64($0 % 8))) }
    }
}

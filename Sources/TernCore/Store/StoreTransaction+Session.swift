// Owns the joint between records and a store: the store's failures in the session's terms. It must not know what is in a row.

package import TernCrypto

extension StoreTransaction {
    /// A row.
    package func load(_ table: Table, _ key: RowKey) throws(SessionError) -> SecretBytes? {
        do throws(StoreError) { return try row(table, key) } catch { throw .store(error) }
    }

    /// Puts a row.
    package mutating func save(_ row: Span<UInt8>, _ table: Table, _ key: RowKey) throws(SessionError) {
        do throws(StoreError) { try put(row, table, key) } catch { throw .store(error) }
    }

    /// Removes a row.
    package mutating func drop(_ table: Table, _ key: RowKey) throws(SessionError) {
        do throws(StoreError) { try remove(table, key) } catch { throw .store(error) }
    }

    /// The number of an address, if it has one.
    package func find(_ jid: BareJID) throws(SessionError) -> Int64? {
        do throws(StoreError) { return try number(of: jid) } catch { throw .store(error) }
    }

    /// The number of an address.
    package mutating func name(_ jid: BareJID) throws(SessionError) -> Int64 {
        do throws(StoreError) { return try addNumber(of: jid) } catch { throw .store(error) }
    }

    /// Where the rows of a group are.
    package func places(_ table: Table, _ group: Int64) throws(SessionError) -> [RowKey] {
        do throws(StoreError) { return try keys(table, in: group) } catch { throw .store(error) }
    }

    /// How many rows a group has.
    package func count(_ table: Table, _ group: Int64) throws(SessionError) -> Int {
        do throws(StoreError) { return try keys(table, in: group).count } catch { throw .store(error) }
    }

    /// The addresses that have rows in a table whose groups stand for addresses.
    package func named(_ table: Table) throws(SessionError) -> [BareJID] {
        do throws(StoreError) {
            let groups = Set(try keys(table).map(\.group))
            return try numbers().filter { groups.contains($0.number) }.map(\.jid).sorted()
        } catch {
            throw .store(error)
        }
    }
}

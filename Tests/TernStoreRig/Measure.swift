// Owns how long the store takes: rows and commits, sealed and not, durable and not.

import TernCore
import TernCrypto
import TernStore

/// Prints one line a row: what was done, and the median of its time in microseconds.
func measure(at path: String) throws {
    for isSealed in [false, true] {
        for durability in [Connection.Durability.full, .normal] {
            let folder = "\(path)-\(isSealed)-\(durability)"
            var sealing: Sealing?
            if isSealed { sealing = Sealing(.file(try Secret<32>(copying: [UInt8](repeating: 7, count: 32)))) }
            let file = try StoreFile.create(
                at: folder, sealing: sealing, lockTimeout: .zero, format: .current, durability: durability)
            let jid = try BareJID("measure@example.org")
            try file.create(account: jid, at: Timestamp(milliseconds: 1)) { _ in }
            let store = try file.account(jid)
            for rows in [1, 1_000] {
                for length in [64, 83] {
                    let median = try median(of: rows == 1 ? 1_000 : 101) { round in
                        let row = [UInt8](repeating: UInt8(truncatingIfNeeded: round), count: length)
                        try store.write { transaction throws(StoreError) in
                            for item in 0..<rows { try transaction.put(row.span, .chain, RowKey(Int64(item))) }
                        }
                    }
                    let title = "\(rows) x \(length) B, \(durability), \(isSealed ? "sealed" : "not sealed")"
                    promise("\(title): \(median / Double(rows)) us a row")
                }
            }
            let median = try median(of: 101) { _ in
                try store.write { transaction throws(StoreError) in
                    for item in 0..<1_000 { _ = try transaction.row(.chain, RowKey(Int64(item))) }
                }
            }
            promise("reading, \(isSealed ? "sealed" : "not sealed"): \(median / 1_000) us a row")
        }
    }
}

private func median(of count: Int, _ body: (Int) throws -> Void) rethrows -> Double {
    var times: [Duration] = []
    for round in 0..<count {
        let start = ContinuousClock.now
        try body(round)
        times.append(ContinuousClock.now - start)
    }
    return times.sorted()[count / 2] / .microseconds(1)
}

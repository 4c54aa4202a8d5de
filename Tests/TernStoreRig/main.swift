// Owns a program that uses a store as a script tells it: to be run under faults, in a second process, or to make examples.
// A line on its standard output is a promise: what it names is durable.

import Glibc
import TernCore
import TernCrypto
import TernStore
import TernTestKit

/// The account that it makes.
let jid = try BareJID("rig@example.org")

/// Opens with a key file of 32 equal bytes where the last argument says `sealed`.
func key() throws -> StoreKey? {
    guard CommandLine.arguments.last == "sealed" else { return nil }
    return .file(try Secret<32>(copying: [UInt8](repeating: 7, count: 32)))
}

func promise(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = unsafe write(1, bytes, bytes.count)
}

func work(_ file: StoreFile, from first: Int) throws {
    let store = try file.account(jid)
    for step in first...StoreWorkload.steps {
        try store.write { transaction throws(StoreError) in try StoreWorkload.step(step, &transaction) }
        promise("step \(step)")
    }
}

/// A version that does not exist, to be migrated to.
let later = Format(
    steps: Format.current.steps + [
        ["CREATE TABLE later (number INTEGER)", "INSERT INTO later SELECT number FROM account"]
    ])

do {
    let path = CommandLine.arguments.count > 2 ? CommandLine.arguments[2] : "store"
    switch CommandLine.arguments.dropFirst().first {
    case "make":
        let file =
            if let key = try key() {
                try StoreFile.create(at: path, sealing: Sealing(key))
            } else {
                try StoreFile.create(at: path)
            }
        promise("created")
        try file.create(account: jid, at: Timestamp(milliseconds: 1)) { transaction throws(StoreError) in
            try StoreWorkload.begin(&transaction)
        }
        promise("account")
        try work(file, from: 1)
        file.close()
        promise("closed")
    case "migrate":
        let file = try StoreFile.open(
            at: path, key: try key(), lockTimeout: .zero, acceptingRollback: false, format: later, durability: .full)
        promise("migrated")
        file.close()
        promise("closed")
    case "delete":
        let file = try StoreFile.open(at: path, key: try key())
        try file.delete(jid)
        promise("deleted")
        file.close()
        promise("closed")
    case "careless":
        // promises what it does not keep: the control of the tests
        let file = try StoreFile.create(
            at: path, sealing: nil, lockTimeout: .zero, format: .current, durability: .normal)
        try file.create(account: jid, at: Timestamp(milliseconds: 1)) { transaction throws(StoreError) in
            try StoreWorkload.begin(&transaction)
        }
        promise("account")
        try work(file, from: 1)
    case "hold":
        let file = try StoreFile.open(at: path, key: try key())
        promise("open")
        _ = readLine()
        file.close()
    case "measure":
        try measure(at: path)
    default:
        exit(2)
    }
} catch {
    promise("failed")
    exit(1)
}

// Owns the rows of `omemo`: what a message to many devices costs, in memory and stored, and what a session takes.

internal import CMalloc
internal import Glibc
internal import TernCore
internal import TernCrypto
internal import TernOMEMO
internal import TernStore

/// OMEMO's rows.
public enum OMEMOScenarios {
    /// All rows, in the order in which they are told.
    public static var all: [Scenario] {
        Version.allCases.flatMap { version in
            [1, 10, 100, 1000].map { fanOut($0, version) } + [
                stored(1000, version, .normal), stored(1000, version, .full), sessionBytes(version),
            ]
        }
    }

    private static let text = String(repeating: "tern ", count: 205).prefix(1024).description

    private static func name(_ row: String, _ version: Version) -> String {
        row + (version == .v03 ? "/0.3" : "/2")
    }

    private static func fanOut(_ count: Int, _ version: Version) -> Scenario {
        let audience = Once {
            let audience = try Audience(count, version, in: SinkStore())
            audience.store.close()
            return audience
        }
        let batch = max(1, 1000 / count)
        let tern = Contestant("tern", batch: batch) { batch in
            let audience = try audience.get()
            return .timed {
                for _ in 0..<batch {
                    guard try audience.encrypt(text).first?.keys.count == count else { throw SessionError.noSession }
                }
            }
        }
        let floor = Contestant("floor", batch: batch) { batch in
            let floor = Floor(version)
            return .timed {
                for _ in 0..<batch * count { floor.chainEncrypt() }
            }
        }
        return Scenario(
            name("fanout-\(count)", version), "a message of 1 KiB to \(count) devices, nothing stored", [tern, floor])
    }

    private static func stored(
        _ count: Int, _ version: Version, _ durability: Connection.Durability
    ) -> Scenario {
        let folder = Once { try TemporaryFolder() }
        let audience = Once {
            let file = try StoreFile.create(
                at: try folder.get().path + "/store", sealing: nil, lockTimeout: .zero, format: .current,
                durability: durability)
            let jid = try BareJID("alice@example.org")
            try file.create(account: jid, at: Timestamp(seconds: 0)) { _ throws(StoreError) in }
            return try Audience(count, version, in: file.account(jid))
        }
        let tern = Contestant("tern", batch: 4) { batch in
            let audience = try audience.get()
            return .timed { for _ in 0..<batch { _ = try audience.encrypt(text) } }
        }
        let isFull = durability == .full
        return Scenario(
            name("fanout-\(count)-stored" + (isFull ? "-full" : ""), version),
            "the same in one transaction of SQLite, synchronous=\(isFull ? "FULL" : "NORMAL"), processor time", [tern])
    }

    /// What the heap grows by for a session with its device, read from a store.
    private static func sessionBytes(_ version: Version) -> Scenario {
        let count = 1000
        let store = Once { try Audience(count, version, in: MemoryStore()).store }
        let tern = Contestant("tern", batch: count) { _ in
            let engine = try OMEMOEngine(of: try BareJID("alice@example.org"), in: try store.get())
            let before = mallinfo2().uordblks
            let reader = try BareJID("bob@example.org")
            let devices = try engine.change { machine, transaction throws(SessionError) in
                try machine.devices(of: reader, in: transaction).count
            }
            guard devices == count else { throw SessionError.noSession }
            let after = mallinfo2().uordblks
            _ = engine.device
            return .counted(Double(after - before) / Double(count))
        }
        return Scenario(
            name("session-bytes", version), "the heap that a session takes, its device included", unit: .bytes, [tern])
    }
}

/// A value that is made when it is first asked for, and kept: benchmarks run on one thread.
private final class Once<Value>: @unchecked Sendable {
    private let make: () throws -> Value
    private var value: Value?

    init(_ make: @escaping () throws -> Value) {
        self.make = make
    }

    func get() throws -> Value {
        if let value { return value }
        let made = try make()
        value = made
        return made
    }
}

/// A folder that is gone when the process ends well.
private final class TemporaryFolder {
    let path: String

    init() throws {
        var template = unsafe Array(
            (String(cString: getenv("TMPDIR") ?? strdup("/tmp")) + "/tern-bench.XXXXXX").utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw StoreError.failing(code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

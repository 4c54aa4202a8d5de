// Owns the rows of `fanout`: what a message to many devices costs, in memory and stored. It must not know how it is
// encrypted.

internal import Tern
internal import TernCore
internal import TernOMEMO
internal import TernStore

/// A message of 1 KiB to devices whose sessions are in memory: the payload sealed once, a ratchet message for each device.
enum FanOutScenarios {
    static func all(_ version: Version) -> [Scenario] {
        [1, 10, 100, 1000].map { inMemory($0, version) } + [stored(.normal, version), stored(.full, version)]
    }

    private static let text = String(repeating: "a tern, ", count: 128)

    private static func inMemory(_ count: Int, _ version: Version) -> Scenario {
        let audience = Once {
            let store = SinkStore()
            let audience = try Audience(count, version, of: try BareJID("alice@example.org"), in: store)
            store.close()
            return audience
        }
        let batch = 1000 / count
        return Scenario(
            OMEMOScenarios.name("fanout-\(count)", version),
            "a message of 1 KiB to \(count) \(count == 1 ? "device" : "devices"), nothing stored",
            contestants(count, version, batch: batch, audience.get))
    }

    private static func stored(_ durability: Connection.Durability, _ version: Version) -> Scenario {
        let count = 1000
        let stored = Once { try Stored(count, version, durability) }
        let row = durability == .normal ? "fanout-\(count)-stored" : "fanout-\(count)-stored-full"
        return Scenario(
            OMEMOScenarios.name(row, version),
            "the same stored in one transaction of SQLite, synchronous=\(durability.rawValue)",
            contestants(count, version, batch: 4) { try stored.get().audience })
    }

    /// One thread's time, what somebody waits where all processors help, and the floor of one thread.
    private static func contestants(
        _ count: Int, _ version: Version, batch: Int,
        _ audience: @escaping @Sendable () throws -> Audience<some Store>
    ) -> [Contestant] {
        let tern = Contestant("tern", batch: batch) { batch in
            let audience = try audience()
            return .timed { try send(batch, to: audience, of: count) }
        }
        let elapsed = Contestant("elapsed", batch: batch) { batch in
            let audience = try audience()
            audience.workers = .processors
            defer { audience.workers = .caller }
            let start = ContinuousClock.now
            try send(batch, to: audience, of: count)
            return .counted((ContinuousClock.now - start) / .microseconds(1) / Double(batch))
        }
        return [tern, elapsed, floor(count, version, batch: batch)]
    }

    /// A sender whose rows are on the disk.
    private final class Stored {
        // in this order, which is that of their ends
        let audience: Audience<AccountStore>
        private let folder: TemporaryFolder

        init(_ count: Int, _ version: Version, _ durability: Connection.Durability) throws {
            folder = try TemporaryFolder()
            let file = try StoreFile.create(
                at: folder.path + "/store", sealing: nil, lockTimeout: .zero, format: .current, durability: durability)
            let jid = try BareJID("alice@example.org")
            try file.create(account: jid, at: Timestamp(seconds: 0)) { _ throws(StoreError) in }
            audience = try Audience(count, version, of: jid, in: try file.account(jid))
        }
    }

    private static func send(_ messages: Int, to audience: Audience<some Store>, of count: Int) throws {
        for _ in 0..<messages {
            guard try audience.encrypt(text).first?.keys.count == count else { throw SessionError.noSession }
        }
    }

    /// The payload's primitives and those of a chain step for each device; nothing is stored in it.
    private static func floor(_ count: Int, _ version: Version, batch: Int) -> Contestant {
        Contestant("floor", batch: batch) { batch in
            let payload = PayloadFloor(text.utf8.count, version)
            let floor = Floor(version)
            return .timed {
                for _ in 0..<batch {
                    payload.seal()
                    for _ in 0..<count { floor.chainEncrypt() }
                }
            }
        }
    }
}

/// A value that is made when it is first asked for, and kept.
final class Once<Value>: @unchecked Sendable {  // benchmarks run on one thread
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

// Owns this device: what it is, what it knows of others, and that both are in step with the store. What it does with
// messages is in the files beside this one. It must not know which store that is, nor the network, nor a clock.

public import TernCore
public import TernCrypto
internal import TernRatchet

/// OMEMO for one device, as computations over rows.
///
/// Each call works within a transaction that its caller opened. A call that throws, or whose transaction comes to nothing,
/// has to be followed by ``rollBack()``; one whose changes are durable by ``commit()``. A transaction begins with
/// ``begin(reading:in:)`` and ends with ``finish(in:)``. It is confined to one thread at a time.
public final class OMEMOMachine {
    /// Whose device this is.
    public let account: BareJID
    let own: OwnDevice
    let cache = ContactCache()
    var counters: Counters
    var keys: MachineKeys
    let upkeep: Upkeep
    /// Since when old messages are being caught up with.
    var catchUp: Timestamp?
    /// When this device left OMEMO, while it is gone.
    public internal(set) var left: Timestamp?
    /// When ``maintain(at:in:)`` last looked.
    var maintained: Timestamp?
    /// Threads for a message to many devices.
    public var workers = Workers.caller
    private var storedCounters: Counters
    private var countersBeforePart: Counters
    /// Whether the store may know other counters: a change that failed may have been written all the same.
    private var isUncertain = false
    /// How often anything was asked for since the device was opened.
    public private(set) var changes = 0
    /// What this transaction has asked for.
    package private(set) var enqueued: [RowKey] = []
    /// How often what waits was asked for, under its number.
    var revisions: [RowKey: Int] = [:]

    /// This device's number.
    public var device: DeviceID { own.id }

    /// This device's address.
    public var address: DeviceAddress { DeviceAddress(account, own.id) }

    /// Reads a device.
    /// - Parameter entropy: Where fresh keys come from.
    /// - Throws: ``TernCore/SessionError/store(_:)``, of ``TernCore/StoreError/missing`` where there is no device.
    public init(
        of account: BareJID, in transaction: borrowing some StoreTransaction,
        upkeep: Upkeep = Upkeep(), entropy: any Entropy & Sendable = SystemEntropy()
    ) throws(SessionError) {
        self.upkeep = upkeep
        guard let device = try transaction.load(.setting, Setting.ownDevice) else { throw .store(.missing) }
        guard let numbers = try transaction.load(.setting, Setting.counters) else { throw .store(.damaged) }
        do throws(RatchetError) {
            own = try OwnDevice(device.span)
            counters = try Counters(numbers.span)
        } catch {
            throw SessionError(error)
        }
        self.account = account
        catchUp = try OMEMOMachine.catchUp(in: transaction)
        left = try OMEMOMachine.left(in: transaction)
        storedCounters = counters
        countersBeforePart = counters
        keys = MachineKeys(entropy: entropy)
    }

    /// Makes a device: an identity key, prekeys of both versions, and what has to be published.
    /// - Parameter device: The device's number; random where there is none (XEP-0384 §4.1).
    /// - Throws: ``TernCore/SessionError/misuse`` where there is a device already, ``TernCore/SessionError/store(_:)``.
    public static func create(
        _ account: BareJID, device: DeviceID? = nil, at now: Timestamp, in transaction: inout some StoreTransaction,
        upkeep: Upkeep = Upkeep(), entropy: any Entropy & Sendable = SystemEntropy()
    ) throws(SessionError) -> OMEMOMachine {
        guard try transaction.load(.setting, Setting.ownDevice) == nil else { throw .misuse }
        var keys = MachineKeys(entropy: entropy)
        let id = device ?? DeviceID.random(&keys.entropy)
        let record = try OwnDevice.make(id, at: now, entropy: &keys.entropy)
        try transaction.save(record, .setting, Setting.ownDevice)
        try transaction.save(Counters().record, .setting, Setting.counters)
        let machine = try OMEMOMachine(of: account, in: transaction, upkeep: upkeep, entropy: keys.entropy)
        let contact = try machine.cache.changing(account, in: &transaction)
        for version in Version.allCases {
            try machine.rotateSignedPreKey(version, at: now, in: &transaction)
            try machine.refillPreKeys(version, at: now, in: &transaction)
            try contact.setList(KnownList([id], received: now), version, in: &transaction)
            try machine.enqueue(.publishBundle(version), in: &transaction)
        }
        // What the account's other programs have announced is not overwritten: it is looked at first.
        try machine.setUnseen(Version.allCases, in: &transaction)
        try machine.enqueue(.fetchDeviceLists(account), in: &transaction)
        try machine.finish(in: &transaction)
        return machine
    }
}

// MARK: - Transactions

extension OMEMOMachine {
    /// Reads what calls share, where the last transaction left doubt about it.
    /// - Parameter reading: Whether nothing will be changed: that can be done with an account that has moved, too.
    /// - Throws: ``TernCore/SessionError/store(_:)``, of ``TernCore/StoreError/moved`` where the account has moved.
    public func begin(
        reading: Bool = false, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) {
        enqueued = []
        if !reading { guard try transaction.load(.setting, Setting.departure) == nil else { throw .store(.moved) } }
        guard isUncertain else { return }
        guard let row = try transaction.load(.setting, Setting.counters) else { throw .store(.damaged) }
        do throws(RatchetError) { storedCounters = try Counters(row.span) } catch { throw SessionError(error) }
        counters = storedCounters
        catchUp = try OMEMOMachine.catchUp(in: transaction)
        left = try OMEMOMachine.left(in: transaction)
        maintained = nil
        isUncertain = false
    }

    /// Writes what calls share, as the last thing before a transaction ends.
    public func finish(in transaction: inout some StoreTransaction) throws(SessionError) {
        guard counters != storedCounters else { return }
        try transaction.save(counters.record, .setting, Setting.counters)
    }

    /// The transaction's changes are durable.
    public func commit() {
        storedCounters = counters
        countersBeforePart = counters
        cache.commit()
    }

    /// Takes note of something that waits now.
    func noteEnqueued(_ key: RowKey) {
        enqueued.append(key)
        changes += 1
        revisions[key, default: 0] += 1
    }

    /// The transaction came to nothing, or nobody knows.
    public func rollBack() {
        isUncertain = true
        cache.rollBack()
    }

    /// Does something that is undone by itself where it fails, while the rest of the transaction goes on.
    public func part<Transaction: StoreTransaction, Result>(
        in transaction: inout Transaction,
        _ body: (inout Transaction) throws(SessionError) -> Result
    ) throws(SessionError) -> Result {
        cache.beginPart()
        countersBeforePart = counters
        let asked = enqueued.count
        do throws(TransactionError<SessionError>) {
            return try transaction.nested(body)
        } catch {
            cache.rollBackPart()
            counters = countersBeforePart
            enqueued.removeSubrange(asked...)
            switch error {
            case .refused(let failure): throw failure
            case .store(let failure): throw .store(failure)
            }
        }
    }
}

/// How a device keeps its own keys.
public struct Upkeep: Sendable {
    /// One-time prekeys that a bundle holds (XEP-0384 §bundles: around 100).
    public var preKeys = 100
    /// For how long a signed prekey is published (XEP-0384 §bundles: weekly to monthly).
    public var signedPreKeyLifetime = Days(7)
    /// Messages that a device may leave unanswered before nothing is encrypted to it any more, while its account has others
    /// that answer; none for any number. One that writes again is written to again.
    public var silence: UInt32? = 1000
    /// How long a catch-up goes on at most: who began it may have died.
    public var catchUpLimit = Days(1)
    /// Whether the first message of a session is answered at once by one that says nothing. Without it the session is
    /// confirmed by whatever is sent next, as in a recording of somebody who does not answer.
    package var answersKeyExchanges = true

    /// As the specification recommends.
    public init() {}
}

/// A number of days.
public struct Days: Hashable, Sendable {
    /// The number.
    public let count: Int64

    /// So many days; at most a million.
    public init(_ count: Int64) {
        self.count = min(max(0, count), 1_000_000)
    }

    var milliseconds: Int64 { count * 24 * 3600 * 1000 }

    /// Whether so many have gone by since then. A clock that was set back has not moved.
    func have(passedSince then: Timestamp, at now: Timestamp) -> Bool {
        let (age, overflow) = now.milliseconds.subtractingReportingOverflow(then.milliseconds)
        return overflow ? now > then : age >= milliseconds
    }
}

/// Fresh key pairs, and the random bytes that they are drawn from.
struct MachineKeys: KeyPairSource {
    var entropy: any Entropy & Sendable

    mutating func next() -> X25519KeyPair {
        X25519KeyPair(X25519PrivateKey(from: &entropy))
    }
}

extension DeviceID {
    /// A number, each as likely as the others.
    static func random(_ entropy: inout some Entropy) -> DeviceID {
        while true {
            if let id = try? DeviceID(1 + entropy.number(below: 0x7FFF_FFFF)) { return id }
        }
    }
}

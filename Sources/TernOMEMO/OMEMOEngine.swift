// Owns the step from a machine's computation to a store's transaction: both change, or neither. It must not know messages.

public import TernCore
public import TernCrypto

/// OMEMO for one device over a store. Confined to one thread at a time.
public final class OMEMOEngine<Storage: Store> {
    private let store: Storage
    private let machine: OMEMOMachine

    /// The machine, for what does not change: the device's number, its key.
    public var device: OMEMOMachine { machine }

    /// Opens the device of an account.
    /// - Throws: ``TernCore/SessionError/store(_:)``.
    public init(
        of account: BareJID, in store: Storage, upkeep: Upkeep = Upkeep(),
        entropy: any Entropy & Sendable = SystemEntropy()
    ) throws(SessionError) {
        self.store = store
        do throws(TransactionError<SessionError>) {
            machine = try store.write { transaction throws(SessionError) in
                try OMEMOMachine(of: account, in: transaction, upkeep: upkeep, entropy: entropy)
            }
        } catch {
            throw SessionError(error)
        }
    }

    /// Makes a device.
    /// - Throws: ``TernCore/SessionError/misuse`` where the account has one, ``TernCore/SessionError/store(_:)``.
    public init(
        creating account: BareJID, device: DeviceID? = nil, at now: Timestamp, in store: Storage,
        upkeep: Upkeep = Upkeep(), entropy: any Entropy & Sendable = SystemEntropy()
    ) throws(SessionError) {
        self.store = store
        do throws(TransactionError<SessionError>) {
            machine = try store.write { transaction throws(SessionError) in
                try OMEMOMachine.create(
                    account, device: device, at: now, in: &transaction, upkeep: upkeep, entropy: entropy)
            }
        } catch {
            throw SessionError(error)
        }
        machine.commit()
    }

    /// Computes and stores. What `body` gives may be shown or sent when this returns, not before.
    /// - Throws: What `body` throws, or ``TernCore/SessionError/store(_:)``: then nothing has changed.
    public func change<Result>(
        _ body: (OMEMOMachine, inout Storage.Transaction) throws(SessionError) -> Result
    ) throws(SessionError) -> Result {
        try perform(reading: false, body)
    }

    /// Computes without changing anything, also where the account has moved elsewhere.
    /// - Throws: What `body` throws, or ``TernCore/SessionError/store(_:)``.
    public func read<Result>(
        _ body: (OMEMOMachine, borrowing Storage.Transaction) throws(SessionError) -> Result
    ) throws(SessionError) -> Result {
        try perform(reading: true) { machine, transaction throws(SessionError) in try body(machine, transaction) }
    }

    private func perform<Result>(
        reading: Bool, _ body: (OMEMOMachine, inout Storage.Transaction) throws(SessionError) -> Result
    ) throws(SessionError) -> Result {
        do throws(TransactionError<SessionError>) {
            let result = try store.write { transaction throws(SessionError) in
                try machine.begin(reading: reading, in: transaction)
                let result = try body(machine, &transaction)
                try machine.finish(in: &transaction)
                return result
            }
            machine.commit()
            return result
        } catch {
            machine.rollBack()
            throw SessionError(error)
        }
    }
}

extension SessionError {
    /// Puts a transaction's failures into the session's terms.
    init(_ error: TransactionError<SessionError>) {
        switch error {
        case .refused(let error): self = error
        case .store(let error): self = .store(error)
        }
    }
}

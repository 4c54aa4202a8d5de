// Owns the way of key material through the ratchets of all devices that get it, on several threads where they are many.
// It must not know what the key material is for.

internal import Synchronization
internal import TernCore
internal import TernCrypto
internal import TernRatchet

extension OMEMOMachine {
    /// Key material through sessions, in a key exchange until the other side has answered. The new states are in the
    /// transaction when this returns.
    /// - Throws: What a ratchet does, and what the store does: then sessions in memory are ahead of it.
    func seal(
        _ keyMaterial: borrowing SecretBytes, for targets: [FanOut.Target],
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [EncryptedKey] {
        for (_, session) in targets { try turn(session, in: &transaction) }
        let shares = Share.divide(targets, of: own)
        seal(keyMaterial.span, shares)
        if shares.count == 1 { return try shares[0].take(in: &transaction) }
        var keys: [EncryptedKey] = []
        keys.reserveCapacity(targets.count)
        for share in shares { keys += try share.take(in: &transaction) }
        return keys
    }

    /// Draws on what sessions have in common, their entropy, so that afterwards they have nothing in common.
    private func turn(
        _ session: LiveSession, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        let isTurned: Bool
        do throws(RatchetError) {
            isTurned = try session.ratchet.openSendingChain(keys: &keys)
        } catch {
            throw SessionError(error)
        }
        if isTurned { try session.saveCold(in: &transaction) }
    }

    private func seal(_ keyMaterial: Span<UInt8>, _ shares: [Share]) {
        if shares.count == 1 { return shares[0].seal(keyMaterial) }
        workers.perform(shares.count) { shares[$0].seal(keyMaterial) }
    }
}

/// Some of the devices that get a message, and what they get. No two shares have a session in common, so that they can be
/// worked on at once.
private final class Share: @unchecked Sendable {  // each is one thread's while it is worked on
    private let targets: ArraySlice<FanOut.Target>
    private let own: OwnDevice
    private var keys: [EncryptedKey] = []
    /// The sessions' hot records, one after the other: read where they have just been written.
    private var records: SecretBytes
    private var ends: [Int] = []
    private var failure: RatchetError?

    private init(_ targets: ArraySlice<FanOut.Target>, _ own: OwnDevice) {
        self.targets = targets
        self.own = own
        records = SecretBytes(count: targets.count * DoubleRatchet.hotLength)
    }

    /// Sessions of a share, some hundred microseconds of work. Fewer than three shares are not worth waking a thread.
    private static let length = 64

    static func divide(_ targets: [FanOut.Target], of own: OwnDevice) -> [Share] {
        guard targets.count > 2 * length else { return [Share(targets[...], own)] }
        return stride(from: 0, to: targets.count, by: length).map { start in
            Share(targets[start..<min(start + length, targets.count)], own)
        }
    }

    func seal(_ keyMaterial: Span<UInt8>) {
        keys.reserveCapacity(targets.count)
        ends.reserveCapacity(targets.count)
        var records = records.mutableSpan
        var end = 0
        do throws(RatchetError) {
            for (device, session) in targets {
                keys.append(try session.seal(keyMaterial, from: own, for: device.address))
                var record = records._mutatingExtracting(end..<end + DoubleRatchet.hotLength)
                end += session.ratchet.writeHotRecord(to: &record)
                ends.append(end)
            }
        } catch {
            failure = error
        }
    }

    /// What the devices get. The sessions' new states are in the transaction when this returns.
    func take(in transaction: inout some StoreTransaction) throws(SessionError) -> [EncryptedKey] {
        if let failure { throw SessionError(failure) }
        do throws(StoreError) { try store(records, in: &transaction) } catch { throw .store(error) }
        return keys
    }

    private func store(
        _ records: borrowing SecretBytes, in transaction: inout some StoreTransaction
    ) throws(StoreError) {
        var start = 0
        for (target, end) in zip(targets, ends) {
            try transaction.put(records.span.extracting(start..<end), .chain, .session(target.session.number))
            start = end
        }
    }
}

extension LiveSession {
    /// What one device gets.
    fileprivate func seal(
        _ keyMaterial: Span<UInt8>, from own: OwnDevice, for address: DeviceAddress
    ) throws(RatchetError) -> EncryptedKey {
        let jid = version == .v2 ? address.jid : nil
        guard isPending else {
            var key: EncryptedKey?
            try version.seal(keyMaterial, with: &ratchet) { message in
                key = EncryptedKey(for: address.device, of: jid, isKeyExchange: false, bytes: message)
            }
            guard let key else { throw .backend(code: -1) }
            return key
        }
        var message: [UInt8] = []
        try version.seal(keyMaterial, with: &ratchet) { message = $0.array }
        let bytes = try KeyExchangeElement.encode(exchange(of: own), message, version)
        return EncryptedKey(for: address.device, of: jid, isKeyExchange: true, bytes: bytes.span)
    }
}

// Owns making an engine of a recorded device's private keys, and what it draws for a recorded payload. It must not know what
// it is used for.

internal import TernCore
internal import TernCrypto
internal import TernOMEMO

extension RecordedDevice {
    /// The engine of this device, which draws what the recording says and does nothing that nobody asked for.
    func engine(
        _ version: Version, in store: MemoryStore, _ entropy: RecordedEntropy
    ) throws(SessionError) -> OMEMOEngine<MemoryStore> {
        let now = ReplayMachine.now
        var upkeep = Upkeep()
        upkeep.preKeys = 0
        upkeep.answersKeyExchanges = false
        do throws(TransactionError<SessionError>) {
            try store.write { transaction throws(SessionError) in
                let machine = try OMEMOMachine.restore(
                    jid, device: id, identity: .seed(RecordedDevice.key(seed)), at: now, in: &transaction,
                    upkeep: upkeep)
                try machine.restoreSignedPreKey(
                    signedPreKey.id, RecordedDevice.key(signedPreKey.privateKey), version, made: now, in: &transaction)
                for key in preKeys {
                    try machine.restorePreKey(
                        key.id, RecordedDevice.key(key.privateKey), version, made: now, in: &transaction)
                }
                try machine.completeRestoring(at: now, in: &transaction)
            }
        } catch {
            switch error {
            case .refused(let error): throw error
            case .store(let error): throw .store(error)
            }
        }
        return try OMEMOEngine(of: jid, in: store, upkeep: upkeep, entropy: entropy)
    }

    fileprivate static func key(_ bytes: [UInt8]) throws(SessionError) -> Secret<32> {
        do throws(CryptoError) { return try Secret<32>(copying: bytes) } catch { throw .malformed }
    }
}

extension RecordedStanza {
    /// What the engine draws for its payload.
    func draws(_ version: Version) -> [RecordedEntropy.Draw] {
        switch version {
        case .v03: [.bytes(payloadKey), .bytes(iv)]
        // how much padding is drawn, the padding, the key
        case .v2: isEmpty ? [] : [.number(0, below: 201), .anything, .bytes(payloadKey)]
        }
    }

    /// What is said.
    func content(_ version: Version) throws(ReplayError) -> Content? {
        guard let plaintext else { return nil }
        guard version == .v2 else { return .text(String(decoding: plaintext, as: UTF8.self)) }
        return try replayingStanza("the envelope") { () throws(SessionError) in try Envelope(plaintext.span).content }
    }
}

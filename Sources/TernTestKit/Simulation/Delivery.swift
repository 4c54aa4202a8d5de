// Owns how a parcel reaches its device, and what the rules say to what comes of it. It must not know who sends.

internal import TernCore
internal import TernOMEMO

extension SimulatedNetwork {
    func deliver() throws {
        let place = dice.percent(weather.reordered) ? dice.below(parcels.count) : 0
        let parcel = parcels.remove(at: place)
        if dice.percent(weather.lost) { return }
        if dice.percent(weather.doubled) { parcels.append(parcel) }
        if dice.percent(weather.tampered), let forged = parcel.tampered(&dice) { try hand(forged) }
        try hand(parcel)
    }

    private func hand(_ parcel: Parcel) throws {
        guard let device = devices.first(where: { $0.address == parcel.destination }) else { return }
        let isFaulty = !parcel.isTampered && dice.percent(weather.faults)
        let fault = dice.pick(FaultyStore.Fault.allCases)
        if isFaulty { device.store.failOnce(fault) }
        let before = isFaulty ? [:] : device.store.image
        let incoming = Incoming(
            .element(parcel.message.element), from: JID(parcel.sender.jid), to: JID(parcel.recipient))
        let outcome = decrypt(parcel, incoming, on: device)
        switch outcome {
        case .success((let decryption, let outstanding)):
            narrator("\(parcel) is read: \(decryption.events)")
            try invariants.read(parcel, decryption.plaintext?.content.text, isRepeated: decryption.isRepeated)
            if let receipt = decryption.receipt { try acknowledge(receipt, on: device) }
            for reply in decryption.replies { try answer(reply, from: device) }
            if !outstanding.isEmpty { try publish(device, versions) }
        case .failure(.store(.failing)) where isFaulty:
            // Whoever was not told asks again.
            narrator("\(parcel) meets a fault \(fault) the change")
            if fault == .after { invariants.mayBeRead(parcel) }
            parcels.append(parcel)
        case .failure(let error):
            narrator("\(parcel) is refused: \(error.code)")
            if !isFaulty, device.store.image != before {
                throw Violation("a message that was refused (\(error.code)) has changed the store")
            }
            try invariants.refused(parcel, error)
        }
    }

    private func decrypt(
        _ parcel: Parcel, _ incoming: Incoming, on device: SimulatedDevice
    ) -> Result<(Decryption, [Outstanding]), SessionError> {
        let now = now
        do throws(SessionError) {
            return .success(
                try device.engine.change { machine, transaction throws(SessionError) in
                    let decryption = try machine.decrypt([parcel.message], incoming, at: now, in: &transaction)
                    let outstanding = try machine.outstanding(in: transaction)
                    for each in outstanding { try machine.remove(each.key, in: &transaction) }
                    return (decryption, outstanding.map(\.value))
                })
        } catch {
            return .failure(error)
        }
    }

    private func acknowledge(_ receipt: RowKey, on device: SimulatedDevice) throws {
        try device.engine.change { machine, transaction throws(SessionError) in
            try machine.acknowledge(receipt, in: &transaction)
        }
    }

    private func answer(_ reply: Outbound, from device: SimulatedDevice) throws {
        guard case .element(let element) = reply.payload, case .chat(let jid) = reply.destination else { return }
        try post(EncryptedMessage(element), "", from: device, to: jid.bare)
    }
}

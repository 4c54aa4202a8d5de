// Owns how the parts of a recorded conversation are told as cases. It must not know how they are replayed.

internal import TernOMEMO

extension Transcript {
    /// What a step is as a case.
    func subject(of step: Step) -> VectorCase {
        switch step {
        case .bundle(let party):
            return VectorCase(
                id: party + "/bundle", kind: .bundle, comment: "the bundle of \(party)",
                inputs: [.text("bundle", devices[party]?.bundleText ?? "")],
                expectation: .outputs([.bytes("signature", devices[party]?.signature ?? [])]), decision: nil)
        case .event(let place):
            switch events[place] {
            case .send(let send): return ratchetCase(String(place), send)
            case .receive(let receive): return ratchetCase(String(place), receive)
            }
        case .machine(let place):
            switch events[place] {
            case .send(let send): return machineCase("\(place)/machine", send)
            case .receive(let receive): return machineCase("\(place)/machine", receive)
            }
        }
    }

    private func ratchetCase(_ id: String, _ send: RecordedSend) -> VectorCase {
        VectorCase(
            id: id, kind: .ratchetSend, comment: Transcript.comment(send),
            inputs: [.bytes("plaintext", send.plaintext)]
                + send.ratchetKeys.map { .bytes("newRatchetPrivate", $0) },
            expectation: .outputs([
                .bytes("element", send.element), .bytes("messageKey", send.messageKey),
                .bytes("rootKey", send.state.root),
            ]), decision: nil)
    }

    private func ratchetCase(_ id: String, _ receive: RecordedReceive) -> VectorCase {
        VectorCase(
            id: id, kind: .ratchetReceive, comment: Transcript.comment(receive),
            inputs: [.bytes("element", receive.tampered ?? sent(receive.index)?.element ?? [])]
                + receive.ratchetKeys.map { .bytes("newRatchetPrivate", $0) },
            expectation: receive.refusal.map { .refusal($0) }
                ?? .outputs([.bytes("plaintext", sent(receive.index)?.plaintext ?? [])]),
            decision: nil)
    }

    private func machineCase(_ id: String, _ send: RecordedSend) -> VectorCase {
        VectorCase(
            id: id, kind: .machineSend, comment: Transcript.comment(send),
            inputs: [.bytes("plaintext", send.stanza.plaintext ?? [])],
            expectation: .outputs([.text("stanza", send.stanza.text)]), decision: nil)
    }

    private func machineCase(_ id: String, _ receive: RecordedReceive) -> VectorCase {
        let stanza = sent(receive.index)?.stanza
        return VectorCase(
            id: id, kind: .machineReceive, comment: Transcript.comment(receive),
            inputs: [.text("stanza", stanza?.text ?? "")] + (receive.tampered.map { [.bytes("key", $0)] } ?? []),
            expectation: receive.refusal.map { .refusal($0) }
                ?? .outputs([.bytes("plaintext", stanza?.plaintext ?? [])]),
            decision: nil)
    }

    private static func comment(_ send: RecordedSend) -> String {
        "\(send.sender) sends message \(send.index)" + (send.isKeyExchange ? " with the key exchange" : "")
    }

    private static func comment(_ receive: RecordedReceive) -> String {
        "\(receive.recipient) receives message \(receive.index)" + (receive.tampering.map { ", changed: \($0)" } ?? "")
    }
}

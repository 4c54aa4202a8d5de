// Owns a recorded conversation: its events as cases, and replaying them in order. It must not know how one is replayed.

internal import TernOMEMO

/// A conversation of devices whose every key is known.
struct Transcript: Sendable {
    let version: Version
    let devices: [String: RecordedDevice]
    let events: [RecordedEvent]

    /// The events as cases, by their place.
    var cases: [VectorCase] {
        events.enumerated().map { place, event in
            switch event {
            case .send(let send):
                VectorCase(
                    id: String(place), kind: .ratchetSend,
                    comment: "\(send.sender) sends message \(send.index)"
                        + (send.isKeyExchange ? " with the key exchange" : ""),
                    inputs: [.bytes("plaintext", send.plaintext)]
                        + send.ratchetKeys.map { .bytes("newRatchetPrivate", $0) },
                    expectation: .outputs([
                        .bytes("element", send.element), .bytes("messageKey", send.messageKey),
                        .bytes("rootKey", send.state.root),
                    ]), decision: nil)
            case .receive(let receive):
                VectorCase(
                    id: String(place), kind: .ratchetReceive,
                    comment: "\(receive.recipient) receives message \(receive.index)"
                        + (receive.tampering.map { ", changed: \($0)" } ?? ""),
                    inputs: [.bytes("element", receive.tampered ?? element(receive.index))]
                        + receive.ratchetKeys.map { .bytes("newRatchetPrivate", $0) },
                    expectation: receive.refusal.map { .refusal($0) }
                        ?? .outputs([.bytes("plaintext", sent(receive.index)?.plaintext ?? [])]),
                    decision: nil)
            }
        }
    }

    /// Replays all events. What follows a failed event at the same device cannot succeed and is reported as it falls.
    func run(_ report: (VectorCase, Outcome) -> Void) {
        var replay = Replay(version: version, devices: devices)
        for (event, subject) in zip(events, cases) {
            do throws(ReplayError) {
                switch event {
                case .send(let send): try replay.send(send)
                case .receive(let receive):
                    guard let message = sent(receive.index) else { throw ReplayError("the message was never sent") }
                    try replay.receive(receive, message)
                }
                report(subject, .passed)
            } catch {
                report(subject, .failed(error.message))
            }
        }
    }

    private func sent(_ index: Int) -> RecordedSend? {
        for case .send(let send) in events where send.index == index { return send }
        return nil
    }

    private func element(_ index: Int) -> [UInt8] {
        sent(index)?.element ?? []
    }
}

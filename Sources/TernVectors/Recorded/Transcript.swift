// Owns a recorded conversation: replaying its bundles and events in order, by the ratchet alone and by whole engines. It must
// not know how either is done.

internal import TernOMEMO

/// A conversation of devices whose every key is known.
struct Transcript: Sendable {
    /// What is a case of its own.
    enum Step {
        case bundle(String)
        case event(Int)
        case machine(Int)
    }

    let version: Version
    let devices: [String: RecordedDevice]
    let events: [RecordedEvent]

    private var steps: [Step] {
        devices.keys.sorted().map { .bundle($0) } + events.indices.flatMap { [.event($0), .machine($0)] }
    }

    /// The bundles by their party, and the events by their place: each once for the ratchet and once for the engine.
    var cases: [VectorCase] { steps.map { subject(of: $0) } }

    /// Replays all of it. What follows a failed event at the same device cannot succeed and is reported as it falls.
    func run(_ report: (VectorCase, Outcome) -> Void) {
        var replay = Replay(version: version, devices: devices)
        var machines: [String: ReplayMachine] = [:]
        for step in steps {
            do throws(ReplayError) {
                switch step {
                case .bundle(let party): try devices[party]?.checkPublished(version)
                case .event(let place): try perform(events[place], in: &replay)
                case .machine(let place): try perform(events[place], in: &machines)
                }
                report(subject(of: step), .passed)
            } catch {
                report(subject(of: step), .failed(error.message))
            }
        }
    }

    private func perform(_ event: RecordedEvent, in replay: inout Replay) throws(ReplayError) {
        switch event {
        case .send(let send): try replay.send(send)
        case .receive(let receive): try replay.receive(receive, try message(receive.index))
        }
    }

    private func perform(_ event: RecordedEvent, in machines: inout [String: ReplayMachine]) throws(ReplayError) {
        switch event {
        case .send(let send):
            try machine(send.sender, in: &machines).send(send, to: device(send.recipient))
        case .receive(let receive):
            let message = try message(receive.index)
            try machine(receive.recipient, in: &machines).receive(receive, message, from: device(message.sender))
        }
    }

    private func machine(
        _ name: String, in machines: inout [String: ReplayMachine]
    ) throws(ReplayError) -> ReplayMachine {
        if let machine = machines[name] { return machine }
        let machine = try ReplayMachine(device(name), version)
        machines[name] = machine
        return machine
    }

    private func device(_ name: String) throws(ReplayError) -> RecordedDevice {
        guard let device = devices[name] else { throw ReplayError("there is no party '\(name)'") }
        return device
    }

    private func message(_ index: Int) throws(ReplayError) -> RecordedSend {
        guard let message = sent(index) else { throw ReplayError("the message was never sent") }
        return message
    }

    func sent(_ index: Int) -> RecordedSend? {
        for case .send(let send) in events where send.index == index { return send }
        return nil
    }
}

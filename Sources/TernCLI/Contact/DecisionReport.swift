// Owns how it is told what a decision about keys led to. It must not know how it was carried out.

internal import TernCore
internal import TernJSON

/// What a decision about keys led to, beside the devices themselves.
struct DecisionReport {
    private let jid: BareJID
    private let waiting: [Fingerprint]
    private let events: [Event]

    /// - Parameter waiting: Keys that no device is known to have yet.
    init(_ jid: BareJID, waiting: [Fingerprint] = [], events: [Event]) {
        self.jid = jid
        self.waiting = waiting
        self.events = events
    }

    /// Tells it, where there is something to tell.
    func print(_ console: Console) {
        guard !waiting.isEmpty || !events.isEmpty else { return }
        for key in waiting { console.note("no device of \(jid) is known to have this key yet: \(key.grouped)") }
        for event in events { console.note(event) }
        guard console.json else { return }
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "decision"
        object["jid"] = .string(jid.description)
        object["waiting"] = .array(waiting.map { .string($0.grouped) })
        object["events"] = .array(events.map(\.json))
        console.print(.object(object))
    }
}

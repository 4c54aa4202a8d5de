// Owns the envelope of a recorded conversation. It must not know how events are replayed.

internal import TernJSON
internal import TernOMEMO

/// `tern-omemo-transcript/1`, as TestVectors/README.md documents it.
enum TranscriptFormat {
    static func read(_ document: JSONValue) throws(FormatError) -> FormatContent {
        var top = try Members(document, in: "the file")
        top.ignore("format", "conventions")
        let name = try top.string("name")
        let namespace = try top.string("namespace")
        guard let version = Version(rawValue: namespace) else { throw top.wrongType("namespace", "a known version") }
        let producer = try RecordedProducer.text(top.members("producer"))
        var parties = try top.members("parties")
        var devices: [String: RecordedDevice] = [:]
        for party in parties.names { devices[party] = try RecordedDevice(parties.members(party), version) }
        var events: [RecordedEvent] = []
        for (index, value) in try top.array("events").enumerated() {
            events.append(try RecordedEvent(value, version, in: "events[\(index)]"))
        }
        try top.finish()
        try check(events, devices)
        return FormatContent(
            origin: VectorFile.Origin(
                spec: "\(name) (\(namespace))", source: "recorded with \(producer)", generator: nil, licence: nil),
            body: .transcript(Transcript(version: version, devices: devices, events: events)))
    }

    /// Every event names devices that there are, and receives what was sent before.
    private static func check(_ events: [RecordedEvent], _ devices: [String: RecordedDevice]) throws(FormatError) {
        var sent: Set<Int> = []
        for (place, event) in events.enumerated() {
            let names: [String]
            switch event {
            case .send(let send):
                guard sent.insert(send.index).inserted else {
                    throw FormatError("events[\(place)] sends message \(send.index) again")
                }
                names = [send.sender, send.recipient]
            case .receive(let receive):
                guard sent.contains(receive.index) else {
                    throw FormatError("events[\(place)] receives message \(receive.index), which nobody has sent")
                }
                names = [receive.recipient]
            }
            for name in names where devices[name] == nil {
                throw FormatError("events[\(place)] names '\(name)', which is no party")
            }
        }
    }
}

/// Who recorded a file.
enum RecordedProducer {
    static func text(_ members: Members) throws(FormatError) -> String {
        var producer = members
        var packages: [String] = []
        for name in producer.names {
            let value = try producer.value(name)
            if let version = value.string, name != "seed" { packages.append("\(name) \(version)") }
        }
        return packages.joined(separator: ", ")
    }
}

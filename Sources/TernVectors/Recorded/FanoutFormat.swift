// Owns the envelope of a recorded message for several devices. It must not know how a key is decrypted.

internal import TernCore
internal import TernJSON
internal import TernOMEMO

/// `tern-omemo-fanout/1`, as TestVectors/README.md documents it.
enum FanoutFormat {
    static func read(_ document: JSONValue) throws(FormatError) -> FormatContent {
        var top = try Members(document, in: "the file")
        top.ignore("format")
        let namespace = try top.string("namespace")
        guard let version = Version(rawValue: namespace) else { throw top.wrongType("namespace", "a known version") }
        let producer = top.has("producer") ? try RecordedProducer.text(top.members("producer")) : nil
        let sender = try RecordedDevice(top.members("sender"), version)
        var recipients: [RecordedDevice] = []
        for (index, value) in try top.array("recipients").enumerated() {
            recipients.append(try RecordedDevice(Members(value, in: "recipients[\(index)]"), version))
        }
        let stanza = try RecordedStanza(fanout: &top, from: Int(sender.id.value))
        try top.finish()
        guard !recipients.isEmpty else { throw FormatError("the message has no recipients") }
        let fanout = Fanout(version: version, sender: sender, recipients: recipients, stanza: stanza)
        return FormatContent(
            origin: VectorFile.Origin(
                spec: "a message for several devices (\(namespace))",
                source: producer.map { "recorded with \($0)" } ?? "recorded with the same program", generator: nil,
                licence: nil),
            body: .fanout(fanout))
    }
}

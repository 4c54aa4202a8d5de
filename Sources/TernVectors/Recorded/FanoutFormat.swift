// Owns the envelope of a recorded message for several devices. It must not know how a key is decrypted.

internal import TernCrypto
internal import TernJSON
internal import TernOMEMO
internal import TernXML

/// `tern-omemo-fanout/1`, as TestVectors/recorded/README.md documents it.
enum FanoutFormat {
    static func read(_ document: JSONValue) throws(FormatError) -> FormatContent {
        var top = try Members(document, in: "the file")
        top.ignore("format", "plaintext", "plaintext_utf8")
        let namespace = try top.string("namespace")
        guard let version = Version(rawValue: namespace) else { throw top.wrongType("namespace", "a known version") }
        let sender = try RecordedDevice(top.members("sender"), version)
        var recipients: [RecordedDevice] = []
        for (index, value) in try top.array("recipients").enumerated() {
            recipients.append(try RecordedDevice(Members(value, in: "recipients[\(index)]"), version))
        }
        let plaintext = try top.bytes("payload_key") + top.bytes("payload_auth_tag")
        let keys = try keys(of: top.string("encrypted_xml"), version)
        try top.finish()
        guard keys.count == recipients.count else {
            throw FormatError("the stanza has \(keys.count) keys for \(recipients.count) devices")
        }
        let fanout = Fanout(
            version: version, sender: sender, recipients: recipients, keys: keys, plaintext: plaintext)
        return FormatContent(
            origin: VectorFile.Origin(
                spec: "a message for several devices (\(namespace))", source: "recorded with the same program",
                generator: nil, licence: nil),
            body: .fanout(fanout))
    }

    /// The `<key>` elements of a stanza. In version 2 they stand under the address that they are for.
    private static func keys(of stanza: String, _ version: Version) throws(FormatError) -> [Fanout.Key] {
        let root: Element
        do throws(XMLError) {
            root = try XMLParser.parse(stanza)
        } catch {
            throw FormatError("the stanza is no XML")
        }
        guard root.matches("encrypted", version.namespace), let header = root.only("header") else {
            throw FormatError("the stanza has no header")
        }
        let groups: [(jid: String?, keys: [Element])] =
            switch version {
            case .v03: [(nil, header.elements("key"))]
            case .v2: header.elements("keys").map { ($0["jid"], $0.elements("key")) }
            }
        var keys: [Fanout.Key] = []
        for group in groups {
            for element in group.keys {
                let flag = element[version == .v03 ? "prekey" : "kex"]
                guard let id = element["rid"].flatMap({ Int($0) }), let bytes = try? Base64.decode(element.text),
                    flag == "true"
                else { throw FormatError("a <key> of the stanza has no device, no base64 or no key exchange") }
                keys.append(Fanout.Key(jid: group.jid, device: id, bytes: bytes))
            }
        }
        return keys
    }
}

// Owns the proof that stanzas, bundles and payloads of python-oldmemo and python-twomemo are read, and written alike.
// It must not know the ratchet.

import TernCore
import TernCrypto
import TernOMEMO
import TernRatchet
import TernXML
import Testing

@Suite struct RecordedStanzaTests {
    @Test(arguments: RecordedFile.fanouts + RecordedFile.transcripts)
    func bundlesAreReadVerifiedAndWrittenAlike(file: RecordedFile) throws {
        for device in try file.devices() {
            let element = try device.element("bundle_xml")
            let bundle = try Bundle(element, version: file.version)
            let identity = try device.object("identity_key")
            #expect(bundle.identity.x25519.bytes.array == (try identity.bytes("curve25519_pub")))
            let wire = file.version == .v2 ? try identity.bytes("ed25519_pub") : bundle.identity.encoded
            #expect(bundle.identity.encoded == wire)
            let signed = try bundle.verified()
            #expect(signed.key.bytes.array == (try device.object("signed_pre_key").bytes("pub")))
            #expect(signed.id == (try device.object("signed_pre_key").number("id")))
            let recorded = try device.objects("pre_keys")
            #expect(Set(bundle.preKeys.map { $0.key.bytes.array }) == Set(try recorded.map { try $0.bytes("pub") }))
            #expect(bundle.refused == 0)
            #expect(try bundle.element() == element)
        }
    }

    /// The recorded signatures were drawn at random; ours are as good.
    @Test(arguments: RecordedFile.fanouts + RecordedFile.transcripts)
    func ownBundlesAreTheRecordedOnes(file: RecordedFile) throws {
        for device in try file.devices() {
            let element = try device.element("bundle_xml")
            let read = try Bundle(element, version: file.version)
            let seed = try Secret<32>(copying: try device.object("identity_key").bytes("ed25519_seed"))
            let identity = IdentityKeyPair(seed: seed)
            let own = OwnBundle(
                signedPreKey: PreKey(id: read.signedPreKeyID, key: read.signedPreKey), preKeys: read.preKeys)
            let key = identity.publicKey(for: file.version.suite)
            let repeated = own.bundle(of: key, signature: read.signature, version: file.version)
            let repeatedElement = try repeated.element()
            #expect(repeatedElement == element)
            var entropy = SystemEntropy()
            let signed = own.signed(by: identity, version: file.version, entropy: &entropy)
            #expect(try signed.verified() == read.verified())
        }
    }

    @Test(arguments: RecordedFile.fanouts + RecordedFile.transcripts)
    func messagesAreReadAndWrittenAlike(file: RecordedFile) throws {
        for recorded in try file.messages() {
            let element = try recorded.element("encrypted_xml")
            let message = try EncryptedMessage(element)
            #expect(message.version == file.version)
            #expect(message.element == element)
            #expect(try XMLParser.parse(message.xml()) == element)
            guard !file.name.hasSuffix("fanout") else { continue }
            let text = try recorded.text("key_b64")
            #expect(message.sender.value == (try recorded.number("sid")))
            let address = DeviceAddress(
                try BareJID(try recorded.text("to") == "bob" ? "bob@example.net" : "alice@example.org"),
                try DeviceID(try recorded.number("rid")))
            let keys = try message.keys(for: address)
            #expect(try keys.map { try $0.bytes() } == [try Base64.decode(text)])
            #expect(keys.first?.isKeyExchange == recorded.flag("kex"))
        }
    }

    @Test(arguments: RecordedFile.fanouts)
    func eachRecipientFindsItsKeyAndNobodyElse(file: RecordedFile) throws {
        let recorded = try file.read()
        let message = try EncryptedMessage(try recorded.element("encrypted_xml"))
        let recipients = try recorded.objects("recipients").map { device in
            DeviceAddress(try BareJID(try device.text("bare_jid")), try DeviceID(try device.number("device_id")))
        }
        #expect(message.keys.count == 3)
        let found = try recipients.map { try message.keys(for: $0) }
        #expect(found.allSatisfy { $0.count == 1 } && Set(found.compactMap(\.first)).count == 3)
        let sender = DeviceAddress(recipients[0].jid, message.sender)
        #expect(throws: SessionError.notForThisDevice) { try message.keys(for: sender) }
        let stranger = DeviceAddress(try BareJID("carol@example.com"), recipients[0].device)
        #expect((try? message.keys(for: stranger).count) == (file.version == .v03 ? 1 : nil))
    }

    @Test(arguments: RecordedFile.fanouts + RecordedFile.transcripts)
    func payloadsOpenAndAreSealedAlike(file: RecordedFile) throws {
        for recorded in try file.messages() where !recorded.flag("empty") {
            let keys = file.name.hasSuffix("fanout") ? recorded : try recorded.object("internals")
            let (key, tag) = (try keys.bytes("payload_key"), try keys.bytes("payload_auth_tag"))
            let material = SecretBytes(copying: key + tag)
            let plaintext = try recorded.bytes("plaintext")
            switch try EncryptedMessage(try recorded.element("encrypted_xml")).payload {
            case .body(let payload):
                #expect(Array(try payload.open(with: material).utf8) == plaintext)
                var entropy = RecordedEntropy(bytes: key + payload.iv)
                let sealed = try BodyPayload.sealed(String(decoding: plaintext, as: UTF8.self), entropy: &entropy)
                #expect(sealed.payload == payload)
                #expect(sealed.keyMaterial.exposed() == key + tag)
            case .envelope(let payload):
                let opened = try payload.open(with: material)
                #expect(opened.exposed() == plaintext)
                var entropy = RecordedEntropy(bytes: key)
                let sealed = try EnvelopePayload.sealed(plaintext.span, entropy: &entropy)
                #expect(sealed.payload == payload)
                #expect(sealed.keyMaterial.exposed() == key + tag)
                let envelope = try Envelope(opened.span)
                #expect(envelope.from?.domain.hasPrefix("example.") == true)
                #expect(envelope.time != nil && envelope.to == nil)
                #expect(envelope.content.text.map { try? recorded.text("plaintext_utf8").contains($0) } == true)
            case .absent: Issue.record("the message has a payload")
            }
        }
    }

    @Test(arguments: RecordedFile.transcripts)
    func messagesWithoutAPayloadAreKnown(file: RecordedFile) throws {
        let recorded = try #require(try file.messages().first { $0.flag("empty") })
        let message = try EncryptedMessage(try recorded.element("encrypted_xml"))
        guard case .absent(let iv) = message.payload else {
            Issue.record("there is no payload")
            return
        }
        let material = SecretBytes(copying: try recorded.object("internals").bytes("ratchet_plaintext"))
        switch file.version {
        case .v03:
            #expect(iv.count == 12)
            #expect(try KeyTransport(material).keyMaterial.exposed() == material.exposed())
        case .v2:
            try EmptyMessage.check(material)
            #expect(EmptyMessage.keyMaterial.exposed() == material.exposed())
        }
    }

    @Test(arguments: [RecordedFile.fanouts[1], RecordedFile.transcripts[1]])
    func recordedLabelsAreBelievedOfTheirDeviceAlone(file: RecordedFile) throws {
        let devices = try file.devices()
        for (index, device) in devices.enumerated() {
            let label = try device.object("label")
            var entry = Element("device", namespace: "urn:xmpp:omemo:2")
            entry["id"] = "7"
            entry["label"] = try label.text("label")
            entry["labelsig"] = try label.text("labelsig_b64")
            let element = Element("devices", namespace: "urn:xmpp:omemo:2", elements: [entry])
            let listed = try #require(try DeviceList(element, version: .v2).devices.first)
            let identities = try devices.map { try Bundle(try $0.element("bundle_xml"), version: .v2).identity }
            #expect(listed.label(signedBy: identities[index]) == (try label.text("label")))
            #expect(listed.label(signedBy: identities[(index + 1) % identities.count]) == nil)
            var entropy = SystemEntropy()
            let seed = try Secret<32>(copying: try device.object("identity_key").bytes("ed25519_seed"))
            let own = try ListedDevice(
                try DeviceID(7), label: try label.text("label"), signing: IdentityKeyPair(seed: seed),
                entropy: &entropy)
            #expect(own.label(signedBy: identities[index]) == (try label.text("label")))
        }
    }
}

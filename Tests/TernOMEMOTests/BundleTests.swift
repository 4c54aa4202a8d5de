// Owns which bundles are refused, and what of one is passed over. It must not know sessions.

import TernCore
import TernCrypto
import TernOMEMO
import TernRatchet
import TernXML
import Testing

@Suite struct BundleTests {
    private let files = RecordedFile.fanouts

    @Test func eachBitOfKeyAndSignatureCounts() throws {
        for file in files {
            let element = try bundle(file)
            for name in [file.version == .v2 ? "spk" : "signedPreKeyPublic", signatureName(file.version)] {
                let count = try Base64.decode(try #require(element.only(name)).text).count
                for bit in stride(from: 0, to: count * 8, by: 7) {
                    let damaged = try replacing(name, in: element) { $0[bit / 8] ^= 1 << UInt8(bit % 8) }
                    do throws(SessionError) {
                        _ = try Bundle(damaged, version: file.version).verified()
                        Issue.record("bit \(bit) of \(name) does not count")
                    } catch {
                        #expect(error == .unauthentic || error == .malformed)
                    }
                }
            }
        }
    }

    @Test func aSignatureOfTheOtherVersionIsRefused() throws {
        var entropy = SystemEntropy()
        let identity = IdentityKeyPair(seed: Secret<32>(from: &entropy))
        let key = X25519KeyPair(X25519PrivateKey(from: &entropy)).publicKey
        let own = OwnBundle(signedPreKey: PreKey(id: 1, key: key), preKeys: [PreKey(id: 1, key: key)])
        for (version, other) in [(Version.v03, Version.v2), (.v2, .v03)] {
            let signature = own.signed(by: identity, version: other, entropy: &entropy).signature
            let bundle = own.bundle(
                of: identity.publicKey(for: version.suite), signature: signature, version: version)
            #expect(throws: SessionError.unauthentic) { try bundle.verified() }
            #expect(throws: SessionError.malformed) { try Bundle(bundle.element(), version: other) }
        }
    }

    @Test func wrongLengthsAreRefused() throws {
        for file in files {
            let element = try bundle(file)
            let identity = file.version == .v2 ? "ik" : "identityKey"
            let signed = file.version == .v2 ? "spk" : "signedPreKeyPublic"
            for name in [identity, signed, signatureName(file.version)] {
                // a raw key in 0.3 and one with a prefix in 2 among them
                for change in [{ $0.removeFirst() }, { $0.insert(5, at: 0) }, { $0 = [] }] as [(inout [UInt8]) -> Void]
                {
                    let damaged = try replacing(name, in: element, change)
                    #expect(throws: SessionError.malformed) { try Bundle(damaged, version: file.version) }
                }
            }
        }
    }

    @Test func whiteSpaceInBase64IsPassedOver() throws {
        // `xs:base64Binary` may be broken into lines
        for file in files {
            let element = try bundle(file)
            let name = signatureName(file.version)
            let text = try #require(element.only(name)).text
            let broken = rebuilt(element) { child in
                child.name == name
                    ? Element(
                        name, namespace: child.namespace, text: "\n  " + text.prefix(20) + "\r\n\t" + text.dropFirst(20)
                    )
                    : child
            }
            #expect(try Bundle(broken, version: file.version) == Bundle(element, version: file.version))
        }
    }

    @Test func damagedPreKeysArePassedOver() throws {
        let recorded = try Bundle(try bundle(files[1]), version: .v2)
        let good = Base64.encode(try #require(recorded.preKeys.first).key.bytes.span)
        let pks =
            "<pk id='0'>\(good)</pk><pk id='3'>AAAA</pk><pk id='4'>%</pk><pk>\(good)</pk><pk id='-1'>\(good)</pk>"
            + "<pk id='4294967296'>\(good)</pk><pk id='0'>\(good)</pk><pk id='9'>\(good)</pk><other/>"
        let read = try withPreKeys(pks)
        #expect(read.preKeys.map(\.id) == [0, 9], "0 exists and is not the absence of a number")
        #expect(read.refused == 6)
        #expect(throws: SessionError.misuse, "0 is read and never written") { try read.element() }
        #expect(throws: SessionError.materialMissing) { try withPreKeys("<pk id='3'>AAAA</pk>") }
        #expect(throws: SessionError.materialMissing) { try withPreKeys("") }
        let many = (1...1500).map { "<pk id='\($0)'>\(good)</pk>" }.joined()
        #expect(try withPreKeys(many).preKeys.count == Bundle.preKeyLimit)
        #expect(try withPreKeys(many).refused == 500)
    }

    @Test func placesAreTheSpecifications() throws {
        let juliet = try BareJID("juliet@capulet.lit")
        let id = try DeviceID(31415)
        let old = BundlePlace(id, version: .v03)
        let new = BundlePlace(id, version: .v2)
        #expect(old.node(of: juliet) == Node(juliet, "eu.siacs.conversations.axolotl.bundles:31415"))
        #expect(new.node(of: juliet) == Node(juliet, "urn:xmpp:omemo:2:bundles", item: "31415"))
        for (place, file) in zip([old, new], files) {
            let recorded = try Bundle(try bundle(file), version: file.version)
            let publication = try place.publication(of: recorded, for: juliet)
            #expect(publication.node.item == (file.version == .v03 ? "current" : "31415"))
            #expect(publication.access == .everybody)
            #expect(BundlePlace(publication.node) == place)
            let other = BundlePlace(id, version: file.version == .v2 ? .v03 : .v2)
            #expect(throws: SessionError.misuse) { try other.publication(of: recorded, for: juliet) }
        }
        #expect(BundlePlace(node: "eu.siacs.conversations.axolotl.bundles:0", item: "current") == nil)
        #expect(BundlePlace(node: "eu.siacs.conversations.axolotl.devicelist", item: "current") == nil)
        #expect(BundlePlace(node: "urn:xmpp:omemo:2:bundles", item: "current") == nil)
        #expect(BundlePlace(node: "urn:xmpp:omemo:2:bundles:1", item: "1") == nil)
    }
}

extension BundleTests {
    private func bundle(_ file: RecordedFile) throws -> Element {
        try #require(try file.devices().first).element("bundle_xml")
    }

    private func signatureName(_ version: Version) -> String {
        version == .v2 ? "spks" : "signedPreKeySignature"
    }

    private func withPreKeys(_ xml: String) throws -> Bundle {
        let list = try XMLParser.parse("<prekeys xmlns='urn:xmpp:omemo:2'>\(xml)</prekeys>")
        return try Bundle(rebuilt(try bundle(files[1])) { $0.name == "prekeys" ? list : $0 }, version: .v2)
    }

    private func replacing(
        _ name: String, in element: Element, _ change: (inout [UInt8]) -> Void
    ) throws -> Element {
        var bytes = try Base64.decode(try #require(element.only(name)).text)
        change(&bytes)
        return rebuilt(element) { child in
            guard child.name == name else { return child }
            var changed = Element(name, namespace: child.namespace, text: Base64.encode(bytes.span))
            for attribute in child.attributes { changed[attribute.name] = attribute.value }
            return changed
        }
    }

    private func rebuilt(_ element: Element, _ change: (Element) -> Element) -> Element {
        Element(element.name, namespace: element.namespace, elements: element.elements.map(change))
    }
}

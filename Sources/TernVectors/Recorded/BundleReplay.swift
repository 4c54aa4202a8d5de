// Owns holding a recorded bundle against the keys of its device. It must not know what the keys are used for.

internal import TernCore
internal import TernCrypto
internal import TernOMEMO
internal import TernRatchet
internal import TernXML

extension RecordedDevice {
    /// The bundle's element.
    func bundleElement() throws(ReplayError) -> Element {
        do throws(XMLError) {
            return try XMLParser.parse(bundleText)
        } catch {
            throw ReplayError("the bundle is no XML")
        }
    }

    /// The bundle as others read it, every key and the signature compared with what was recorded.
    func bundle(_ version: Version) throws(ReplayError) -> Bundle {
        let element = try bundleElement()
        let bundle = try replayingStanza("the bundle") { () throws(SessionError) in
            let bundle = try Bundle(element, version: version)
            _ = try bundle.verified()
            return bundle
        }
        let identity = try identity().publicKey(for: version.suite)
        try expect(bundle.identity.encoded, identity.encoded, "the bundle's identity key")
        try expect(bundle.signedPreKeyID, signedPreKey.id, "the number of the bundle's signed prekey")
        try expect(bundle.signedPreKey.bytes.array, signedPreKey.publicKey, "the bundle's signed prekey")
        try expect(bundle.signature.array, signature, "the bundle's signature")
        try expect(bundle.refused, 0, "the number of damaged prekeys")
        try expect(bundle.preKeys.count, preKeys.count, "the number of prekeys")
        for key in preKeys {
            let published = bundle.preKeys.first { $0.id == key.id }?.key.bytes.array
            try expect(published, key.publicKey, "the bundle's prekey \(key.id)")
        }
        return bundle
    }

    /// Everything that a device publishes.
    func checkPublished(_ version: Version) throws(ReplayError) {
        try check(version.suite)
        _ = try bundle(version)
        guard let label else { return }
        let identity = try identity()
        do throws(CryptoError) {
            try identity.ed25519.verify(label.signature.span, of: Array(label.text.utf8).span)
        } catch {
            throw ReplayError("the signature of the label does not verify")
        }
    }
}

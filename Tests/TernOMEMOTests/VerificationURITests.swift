// Addresses that carry keys, as other clients write them, and what is refused.

import TernCore
import TernOMEMO
import Testing

@Suite struct VerificationURITests {
    private static let key = "a4685641b5616a9f3510a6b489f6cc28dd85f8aa06b8c6e0a476769937e31022"
    private static let other = "623548d3835c6d33ef5cb680f7944ef381cf712bf23a0119dabe5c4f252cd02f"

    @Test func devicesWithKeysAreReadAndWritten() throws {
        let text = "xmpp:bob@example.org?omemo-sid-42=\(Self.key);omemo-sid-2147483647=\(Self.other)"
        let uri = try VerificationURI(text)
        #expect(uri.jid == (try BareJID("bob@example.org")))
        #expect(uri.devices.map(\.id.value) == [42, 2_147_483_647])
        #expect(uri.devices.map(\.fingerprint) == [try Fingerprint(hex: Self.key), try Fingerprint(hex: Self.other)])
        #expect(uri.trusted.isEmpty && uri.distrusted.isEmpty)
        #expect(uri.text == text)
    }

    /// XEP-0434 §registrar-query-types, its example.
    @Test func trustMessagesAreReadAndWritten() throws {
        let text =
            "xmpp:bob@example.com?trust-message;encryption=urn:xmpp:omemo:2;"
            + "trust=623548d3835c6d33ef5cb680f7944ef381cf712bf23a0119dabe5c4f252cd02f;"
            + "distrust=b423f5088de9a924d51b31581723d850c7cc67d0a4fe6b267c3d301ff56d2413;"
            + "distrust=d9f849b6b828309c5f2c8df4f38fd891887da5aaa24a22c50d52f69b4a80817e"
        let uri = try VerificationURI(text)
        #expect(uri.trusted.map { $0.bytes.prefix(3) } == [[0x62, 0x35, 0x48]])
        #expect(uri.distrusted.map { $0.bytes.prefix(3) } == [[0xB4, 0x23, 0xF5], [0xD9, 0xF8, 0x49]])
        #expect(uri.devices.isEmpty)
        #expect(uri.text == text)
    }

    @Test(arguments: [
        "XMPP:bob@example.org?omemo-sid-42=\(key)",
        "xmpp:bob%40example.org?omemo-sid-42=\(key)",
        "xmpp:bob@example.org?message;omemo-sid-42=\(key.uppercased());body=a%20b%3Bc",
        "xmpp:bob@example.org?roster;name=Bob;OMEMO-SID-42=\(key)#top",
        "xmpp:bob@example.org?;omemo-sid-42=\(key);trust=1",
        "xmpp:bob@example.org?omemo%2Dsid%2D42=%61\(key.dropFirst())",
    ])
    func whatSaysTheSameIsReadTheSame(_ text: String) throws {
        let uri = try VerificationURI(text)
        #expect(uri.text == "xmpp:bob@example.org?omemo-sid-42=\(Self.key)")
    }

    @Test func anyOrderIsReadAndBothSpellingsBesideEachOther() throws {
        let uri = try VerificationURI(
            "xmpp:bob@example.org?trust=\(Self.key);omemo-sid-7=\(Self.other);encryption=urn%3Axmpp%3Aomemo%3A2;"
                + "distrust=\(Self.other);trust-message")
        #expect(uri.devices.count == 1 && uri.trusted.count == 1 && uri.distrusted.count == 1)
        #expect(try VerificationURI(uri.text) == uri)
    }

    @Test func anAddressOutsideASCIIComesBack() throws {
        let uri = VerificationURI(
            try BareJID("jos#;é@example.org"), devices: [.init(try DeviceID(1), try Fingerprint(hex: Self.key))])
        #expect(uri.text == "xmpp:jos%23%3B%C3%A9@example.org?omemo-sid-1=\(Self.key)")
        #expect(try VerificationURI(uri.text) == uri)
    }

    @Test(arguments: [
        ("https://example.org/?omemo-sid-1=\(key)", VerificationURIError.notXMPP),
        ("", .notXMPP),
        ("xmpp:?omemo-sid-1=\(key)", .badAddress),
        ("xmpp:bob@example.org/phone?omemo-sid-1=\(key)", .badAddress),
        ("xmpp://bob@example.org?omemo-sid-1=\(key)", .badAddress),
        ("xmpp:bob%4?omemo-sid-1=\(key)", .badEscape),
        ("xmpp:bob@example.org?omemo-sid-1=%ff", .badEscape),
        ("xmpp:bob@example.org", .noKeys),
        ("xmpp:bob@example.org?message;body=hi", .noKeys),
        ("xmpp:bob@example.org?trust=\(key)", .noKeys),
        ("xmpp:bob@example.org?omemo-sid-1=\(key);omemo-sid-1=\(key)", .duplicate("omemo-sid-1")),
        ("xmpp:bob@example.org?omemo-sid-1=\(key);omemo-sid-01=\(other)", .badParameter("omemo-sid-01")),
        ("xmpp:bob@example.org?omemo-sid-0=\(key)", .badParameter("omemo-sid-0")),
        ("xmpp:bob@example.org?omemo-sid-2147483648=\(key)", .badParameter("omemo-sid-2147483648")),
        ("xmpp:bob@example.org?omemo-sid-x=\(key)", .badParameter("omemo-sid-x")),
        ("xmpp:bob@example.org?omemo-sid-1", .badParameter("omemo-sid-1")),
        ("xmpp:bob@example.org?omemo-sid-1=\(key.dropLast())", .badParameter("omemo-sid-1")),
        ("xmpp:bob@example.org?omemo-sid-1=\(key.dropLast())g", .badParameter("omemo-sid-1")),
        ("xmpp:bob@example.org?omemo-sid-1=05\(key)", .badParameter("omemo-sid-1")),
        ("xmpp:bob@example.org?trust-message;trust=\(key)", .unsupported(nil)),
        ("xmpp:bob@example.org?trust-message;encryption=urn:xmpp:ox:0;trust=\(key)", .unsupported("urn:xmpp:ox:0")),
        (
            "xmpp:bob@example.org?trust-message;encryption=urn:xmpp:omemo:2;encryption=urn:xmpp:omemo:2;trust=\(key)",
            .badParameter("encryption")
        ),
        (
            "xmpp:bob@example.org?trust-message;encryption=urn:xmpp:omemo:2;trust=\(key);distrust=\(key)",
            .duplicate("trust")
        ),
        ("xmpp:bob@example.org?trust-message;encryption=urn:xmpp:omemo:2", .noKeys),
        ("xmpp:bob@example.org?trust-message;encryption=urn:xmpp:omemo:2;trust=", .badParameter("trust")),
        ("xmpp:" + String(repeating: "x", count: 65_536), .tooLong),
    ])
    func whatIsWrongHasAName(_ text: String, _ error: VerificationURIError) {
        #expect(throws: error) { try VerificationURI(text) }
    }
}

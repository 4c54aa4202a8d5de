// Owns what is an address and what is none.

import Testing

import TernCore

@Suite struct AddressTests {
    @Test("RFC 7622 §3.5: valid addresses")
    func valid() throws {
        let full = try JID("Juliet@Example.COM./Foo")
        #expect(full.description == "juliet@example.com/Foo")
        #expect(full.bare.local == "juliet")
        #expect(full.bare.domain == "example.com")
        #expect(full.resource == "Foo")
        #expect(try JID("juliet@example.com/foo@bar/baz").resource == "foo@bar/baz")
        #expect(try JID("juliet@example.com/foo bar").resource == "foo bar")
        #expect(try JID("example.com/foobar").bare.local == nil)
        #expect(try JID("foo\\20bar@example.com").bare.local == "foo\\20bar")
        #expect(try JID("fußball@example.com").bare.local == "fußball")
        #expect(try JID("[2001:db8::1]").bare.domain == "[2001:db8::1]")
        #expect(try JID("juliet@xn--bcher-kva.example").bare == BareJID("juliet@xn--bcher-kva.example"))
        #expect(try BareJID("a@b") < BareJID("b@b"))
        #expect(try JID(BareJID("a@b")).description == "a@b")
    }

    @Test(
        "RFC 7622 §3.5: what is no address",
        arguments: [
            "", "@", "@example.com", "juliet@", "juliet@example.com/", "/foo", "\"juliet\"@example.com",
            "foo bar@example.com", "a@b@c", "a@b c", "a@b..c", "a@.b", "a@.", "<a@b>", "a@b\u{0}", "a\u{0}@b",
            "a@b/\u{1}", "a@b/\u{7F}", "a&b@c", "a'b@c", "a:b@c", "a@b_c", "a@b\u{200B}", "a\u{202E}b@c", "a@[x]",
            String(repeating: "a", count: 1024) + "@b", "a@" + String(repeating: "b", count: 1024),
            "a@b/" + String(repeating: "c", count: 1024),
        ])
    func invalid(_ text: String) {
        #expect(throws: AddressError.self) { try JID(text) }
    }

    @Test("A bare address has no resource")
    func bare() {
        #expect(throws: AddressError.unexpectedResource) { try BareJID("a@b/c") }
    }

    @Test("XEP-0384 §4.1: device numbers")
    func devices() throws {
        #expect(try DeviceID(1).value == 1)
        #expect(try DeviceID("2147483647").value == 0x7FFF_FFFF)
        for text in ["0", "", "-1", "+1", "01", " 1", "1 ", "2147483648", "4294967297", "99999999999", "1e3", "١"] {
            #expect(throws: AddressError.badDeviceID) { try DeviceID(text) }
        }
        #expect(throws: AddressError.badDeviceID) { try DeviceID(0) }
        #expect(throws: AddressError.badDeviceID) { try DeviceID(1 << 31) }
        let (alice, bob) = (try BareJID("alice@x"), try BareJID("bob@x"))
        #expect(DeviceAddress(alice, try DeviceID(2)) < DeviceAddress(bob, try DeviceID(1)))
    }

    @Test("Fingerprints are read in groups and written without")
    func fingerprints() throws {
        let print = try Fingerprint(hex: "01234567 89abcdef 01234567 89ABCDEF 01:23:45:67")
        #expect(print.hex == "0123456789ABCDEF0123456789ABCDEF01234567")
        #expect(print.bytes.count == 20)
        #expect(try Fingerprint(print.bytes) == print)
        let thirty = String(repeating: "0", count: 30)
        for text in ["", "0", "xy", thirty, thirty + "000", String(repeating: "0", count: 130), thirty + "0\u{FF10}"] {
            #expect(throws: AddressError.badFingerprint) { try Fingerprint(hex: text) }
        }
    }
}

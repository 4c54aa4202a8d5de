// Owns Base64: RFC 4648's own examples, and the many texts that are nearly one.

import Testing

import TernCrypto

@Suite struct Base64Tests {
    @Test(
        "RFC 4648 §10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func examples(_ bytes: String, _ text: String) throws {
        #expect(Base64.encode(Array(bytes.utf8).span) == text)
        #expect(try Base64.decode(text) == Array(bytes.utf8))
    }

    @Test("Every length comes back")
    func lengths() throws {
        for count in 0..<200 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ count) }
            #expect(try Base64.decode(Base64.encode(bytes.span)) == bytes)
        }
    }

    @Test(
        "One spelling for each value",
        arguments: [
            "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z", "=", "====", "Zg==Zg==", "Zm-_", "Zm9v\u{0}", " Zm9v", "Zm9v\n",
        ])
    func malformed(_ text: String) {
        #expect(throws: CryptoError.malformedText) { try Base64.decode(text) }
    }

    @Test("White space is passed over where it is tolerated")
    func whiteSpace() throws {
        #expect(try Base64.decode(" Zm9v\r\n\tYg==\n", tolerating: .whiteSpace) == Array("foob".utf8))
        for text in ["Zm9v\u{A0}", "Zm9v\u{B}", "Zh ==", "Zg= "] {
            #expect(throws: CryptoError.malformedText) { try Base64.decode(text, tolerating: .whiteSpace) }
        }
    }
}

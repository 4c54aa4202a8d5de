// XChaCha20-Poly1305: the draft's example, and that each input counts.

import TernCrypto
import Testing

@Suite struct XChaCha20Poly1305Tests {
    /// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    let plaintext = Array(
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
            .utf8)
    let data = [UInt8](hexadecimal: "50515253c0c1c2c3c4c5c6c7")
    let key = [UInt8](hexadecimal: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f")
    let nonce = [UInt8](hexadecimal: "404142434445464748494a4b4c4d4e4f5051525354555657")
    let sealed = [UInt8](
        hexadecimal: """
            bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216
            cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13
            b52ec0875924c1c7987947deafd8780acf49
            """)

    @Test func asTheDraftPrints() throws {
        var output = [UInt8](repeating: 0, count: plaintext.count + XChaCha20Poly1305.tagLength)
        var span = output.mutableSpan
        try XChaCha20Poly1305.seal(
            plaintext.span, key: key.span, nonce: nonce.span, authenticating: data.span, into: &span)
        #expect(output == sealed)
        #expect(try open(sealed, key, nonce, data) == plaintext)
    }

    @Test func eachInputCounts() throws {
        func altered(_ bytes: [UInt8], _ index: Int) -> [UInt8] {
            var bytes = bytes
            bytes[index] ^= 1
            return bytes
        }
        for index in sealed.indices {
            #expect(throws: CryptoError.unauthentic) { try open(altered(sealed, index), key, nonce, data) }
        }
        #expect(throws: CryptoError.unauthentic) { try open(sealed, altered(key, 31), nonce, data) }
        #expect(throws: CryptoError.unauthentic) { try open(sealed, key, altered(nonce, 0), data) }
        #expect(throws: CryptoError.unauthentic) { try open(sealed, key, nonce, altered(data, 11)) }
        for count in [0, 1, 15, 16, sealed.count - 1] {
            #expect(throws: CryptoError.unauthentic) { try open(Array(sealed[..<count]), key, nonce, data) }
        }
        #expect(throws: CryptoError.wrongLength(31)) { try open(sealed, Array(key.dropLast()), nonce, data) }
        #expect(throws: CryptoError.wrongLength(12)) { try open(sealed, key, Array(nonce[..<12]), data) }
    }

    private func open(_ sealed: [UInt8], _ key: [UInt8], _ nonce: [UInt8], _ data: [UInt8]) throws -> [UInt8] {
        try XChaCha20Poly1305.open(sealed.span, key: key.span, nonce: nonce.span, authenticating: data.span).exposed()
    }
}

// Owns which payloads open and which do not. It must not know stanzas.

import TernCore
import TernCrypto
import TernOMEMO
import TernXML
import Testing

@Suite struct PayloadTests {
    @Test func eachBitOfABodyCounts() throws {
        let (payload, material) = try recordedBody()
        for bit in 0..<payload.ciphertext.count * 8 {
            let damaged = try #require(
                BodyPayload(ciphertext: flipped(payload.ciphertext, bit), iv: payload.iv))
            #expect(throws: SessionError.unauthentic) { try damaged.open(with: SecretBytes(copying: material)) }
        }
        for bit in 0..<payload.iv.count * 8 {
            let damaged = try #require(BodyPayload(ciphertext: payload.ciphertext, iv: flipped(payload.iv, bit)))
            #expect(throws: SessionError.unauthentic) { try damaged.open(with: SecretBytes(copying: material)) }
        }
        for bit in 0..<material.count * 8 {
            let damaged = SecretBytes(copying: flipped(material, bit))
            #expect(throws: SessionError.unauthentic) { try payload.open(with: damaged) }
        }
        for count in [0, 15, 17, 31, 33, 48] {
            let other = SecretBytes(copying: [UInt8](repeating: 1, count: count))
            #expect(throws: SessionError.malformed) { try payload.open(with: other) }
        }
    }

    @Test func eachBitOfAnEnvelopeCounts() throws {
        let (payload, material) = try recordedEnvelope()
        for bit in 0..<payload.ciphertext.count * 8 {
            let damaged = EnvelopePayload(flipped(payload.ciphertext, bit))
            #expect(throws: SessionError.unauthentic) { _ = try damaged.open(with: SecretBytes(copying: material)) }
        }
        for bit in 0..<material.count * 8 {
            let damaged = SecretBytes(copying: flipped(material, bit))
            #expect(throws: SessionError.unauthentic) { _ = try payload.open(with: damaged) }
        }
        for bytes in [[], Array(payload.ciphertext.dropLast()), Array(payload.ciphertext.dropLast(16))] {
            #expect(throws: SessionError.unauthentic, "the tag is looked at first") {
                _ = try EnvelopePayload(bytes).open(with: SecretBytes(copying: material))
            }
        }
        for count in [0, 32, 47, 49, 64] {
            let other = SecretBytes(copying: [UInt8](repeating: 1, count: count))
            #expect(throws: SessionError.malformed) { _ = try payload.open(with: other) }
        }
    }

    /// A sender that is authentic and pads wrongly: the code is right, and there is no plaintext all the same.
    @Test func anAuthenticTextThatIsNoneIsMalformed() throws {
        let key = [UInt8](repeating: 3, count: 32)
        let info = Array("OMEMO Payload".utf8)
        let keys = try Secret<80> { keys throws(CryptoError) in
            try HKDFSHA256.derive(
                from: key.span, salt: [UInt8](repeating: 0, count: 32).span, info: info.span, into: &keys)
        }
        for ciphertext in [[], [UInt8](repeating: 9, count: 15), [UInt8](repeating: 9, count: 32)] {
            let code = HMACSHA256.code(key: keys.span.extracting(32..<64), ciphertext.span)
            let tag = (0..<16).map { code.span[$0] }
            #expect(throws: SessionError.malformed) {
                _ = try EnvelopePayload(ciphertext).open(with: SecretBytes(copying: key + tag))
            }
        }
    }

    @Test func aTagAtTheEndOfABodyIsRefusedUnlessAskedFor() throws {
        let (payload, material) = try recordedBody()
        let old = try #require(BodyPayload(ciphertext: payload.ciphertext + material.suffix(16), iv: payload.iv))
        let key = SecretBytes(copying: Array(material.prefix(16)))
        #expect(throws: SessionError.unsupported) { try old.open(with: key) }
        #expect(try old.open(with: key, tag: .anywhere) == payload.open(with: SecretBytes(copying: material)))
        #expect(throws: SessionError.unauthentic) { try payload.open(with: key, tag: .anywhere) }
        let short = try #require(BodyPayload(ciphertext: [1, 2, 3], iv: payload.iv))
        #expect(throws: SessionError.malformed) { try short.open(with: key, tag: .anywhere) }
    }

    @Test func aBodyThatIsNoTextIsMalformed() throws {
        let (key, nonce) = ([UInt8](repeating: 1, count: 16), [UInt8](repeating: 2, count: 16))
        let sealed = try AESGCM.seal(([0x61, 0xFF] as [UInt8]).span, key: key.span, nonce: nonce.span)
        let payload = try #require(BodyPayload(ciphertext: sealed.ciphertext, iv: nonce))
        #expect(throws: SessionError.malformed) {
            try payload.open(with: SecretBytes(copying: key + sealed.tag.array))
        }
        let good = try AESGCM.seal(([0x61] as [UInt8]).span, key: key.span, nonce: nonce.span)
        let read = try #require(BodyPayload(ciphertext: good.ciphertext, iv: nonce))
        #expect(try read.open(with: SecretBytes(copying: key + good.tag.array)) == "a", "16 bytes of nonce are read")
    }

    @Test func anEmptyMessageIsZerosAlone() throws {
        try EmptyMessage.check(EmptyMessage.keyMaterial)
        for bytes in [[], [UInt8](repeating: 0, count: 31), [UInt8](repeating: 0, count: 48)] {
            #expect(throws: SessionError.malformed) { try EmptyMessage.check(SecretBytes(copying: bytes)) }
        }
        for bit in 0..<256 {
            let bytes = SecretBytes(copying: flipped([UInt8](repeating: 0, count: 32), bit))
            #expect(throws: SessionError.malformed) { try EmptyMessage.check(bytes) }
        }
    }

    @Test func aTransportedKeyHasOneOfTwoLengths() throws {
        let bytes = (0..<48).map { UInt8($0) }
        for count in [16, 32] {
            let read = try KeyTransport(SecretBytes(copying: Array(bytes.prefix(count))))
            #expect(read.keyMaterial.exposed() == Array(bytes.prefix(16)))
        }
        for count in [0, 15, 17, 31, 33, 48] {
            #expect(throws: SessionError.malformed) {
                _ = try KeyTransport(SecretBytes(copying: Array(bytes.prefix(count))))
            }
        }
        var entropy = RecordedEntropy(bytes: bytes)
        #expect(KeyTransport(from: &entropy).keyMaterial.exposed() == Array(bytes.prefix(16)))
    }

    private func recordedBody() throws -> (BodyPayload, [UInt8]) {
        let file = try RecordedFile.fanouts[0].read()
        guard case .body(let payload) = try EncryptedMessage(try file.element("encrypted_xml")).payload else {
            throw SessionError.malformed
        }
        return (payload, try file.bytes("payload_key") + file.bytes("payload_auth_tag"))
    }

    private func recordedEnvelope() throws -> (EnvelopePayload, [UInt8]) {
        let file = try RecordedFile.fanouts[1].read()
        guard case .envelope(let payload) = try EncryptedMessage(try file.element("encrypted_xml")).payload else {
            throw SessionError.malformed
        }
        return (payload, try file.bytes("payload_key") + file.bytes("payload_auth_tag"))
    }

    private func flipped(_ bytes: [UInt8], _ bit: Int) -> [UInt8] {
        var bytes = bytes
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return bytes
    }
}

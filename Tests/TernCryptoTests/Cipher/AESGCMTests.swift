// AES-GCM: NIST's values, pieces against the whole, and texts that change between two readings.

import TernCrypto
import Testing

@Suite struct AESGCMTests {
    @Test func sealsNothingAsNISTPrints() throws {
        let zeros = [UInt8](repeating: 0, count: 16)
        let nonce = [UInt8](repeating: 0, count: 12)
        let empty = try AESGCM.seal(Span(), key: zeros.span, nonce: nonce.span)
        #expect(empty.ciphertext.isEmpty)
        #expect(empty.tag.array == [UInt8](hexadecimal: "58e2fccefa7e3061367f1d57a4e7455a"))
        #expect(try AESGCM.open(Span(), tag: empty.tag.span, key: zeros.span, nonce: nonce.span).isEmpty)
        let block = try AESGCM.seal(zeros.span, key: zeros.span, nonce: nonce.span)
        #expect(block.ciphertext == [UInt8](hexadecimal: "0388dace60b6a392f328c2b971b2fe78"))
        #expect(block.tag.array == [UInt8](hexadecimal: "ab6e47d42cec13bdf53a67b21257bddf"))
    }

    @Test(arguments: [16, 24, 32], [1, 12, 16, 60])
    func piecesEqualTheWhole(_ keyLength: Int, _ nonceLength: Int) throws {
        let key = [UInt8](repeating: 5, count: keyLength)
        let nonce = [UInt8](repeating: 7, count: nonceLength)
        for count in [0, 1, 15, 16, 17, 4095, 4096, 4097, 20_000] {
            let data = [UInt8](repeating: 9, count: count % 40)
            let plaintext = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let whole = try AESGCM.seal(plaintext.span, key: key.span, nonce: nonce.span, authenticating: data.span)

            var sealing = try AESGCM.Sealing(key: key.span, nonce: nonce.span, authenticating: data.span)
            var text = plaintext
            for piece in Self.pieces(count) {
                var bytes = Array(text[piece])
                var span = bytes.mutableSpan
                try sealing.encrypt(&span)
                text.replaceSubrange(piece, with: bytes)
            }
            let tag = try sealing.finish()
            #expect(text == whole.ciphertext)
            #expect(tag == whole.tag)

            var opening = try AESGCM.Opening(key: key.span, nonce: nonce.span, authenticating: data.span)
            for piece in Self.pieces(count) { try opening.read(Array(text[piece]).span) }
            var decryption = try opening.authenticate(tag: tag.span)
            for piece in Self.pieces(count) {
                var bytes = Array(text[piece])
                var span = bytes.mutableSpan
                try decryption.decrypt(&span)
                text.replaceSubrange(piece, with: bytes)
            }
            try decryption.finish()
            #expect(text == plaintext)
            let opened = try AESGCM.open(
                whole.ciphertext.span, tag: tag.span, key: key.span, nonce: nonce.span, authenticating: data.span)
            #expect(opened == plaintext)
        }
    }

    @Test func eachInputCounts() throws {
        let sealed = try AESGCM.seal(text.span, key: key.span, nonce: nonce.span, authenticating: text.span)
        func opens(_ ciphertext: [UInt8], _ tag: [UInt8], _ key: [UInt8], _ nonce: [UInt8], _ data: [UInt8]) -> Bool {
            do {
                _ = try AESGCM.open(
                    ciphertext.span, tag: tag.span, key: key.span, nonce: nonce.span, authenticating: data.span)
                return true
            } catch {
                #expect(error == .unauthentic)
                return false
            }
        }
        let (ciphertext, tag) = (sealed.ciphertext, sealed.tag.array)
        #expect(opens(ciphertext, tag, key, nonce, text))
        for index in tag.indices { #expect(!opens(ciphertext, Self.changed(tag, index), key, nonce, text)) }
        for index in text.indices { #expect(!opens(Self.changed(ciphertext, index), tag, key, nonce, text)) }
        for index in key.indices { #expect(!opens(ciphertext, tag, Self.changed(key, index), nonce, text)) }
        for index in nonce.indices { #expect(!opens(ciphertext, tag, key, Self.changed(nonce, index), text)) }
        for index in text.indices { #expect(!opens(ciphertext, tag, key, nonce, Self.changed(text, index))) }
        #expect(!opens(ciphertext + [0], tag, key, nonce, text))
        #expect(!opens(ciphertext.dropLast(), tag, key, nonce, text))
        #expect(!opens(ciphertext, tag, key, nonce, []))
    }

    @Test(arguments: [0, 1, 4, 8, 12, 15, 17, 32])
    func refusesOtherTags(_ count: Int) throws {
        let sealed = try AESGCM.seal(text.span, key: key.span, nonce: nonce.span)
        let tag = Array((sealed.tag.array + sealed.tag.array).prefix(count))
        #expect(throws: CryptoError.wrongLength(count)) {
            try AESGCM.open(sealed.ciphertext.span, tag: tag.span, key: key.span, nonce: nonce.span)
        }
        #expect(throws: CryptoError.wrongLength(count)) {
            var opening = try AESGCM.Opening(key: key.span, nonce: nonce.span)
            try opening.read(sealed.ciphertext.span)
            _ = try opening.authenticate(tag: tag.span)
        }
    }

    @Test(arguments: [0, 15, 17, 33])
    func refusesOtherKeysAndNoNonce(_ count: Int) {
        let wrong = [UInt8](repeating: 0, count: count)
        #expect(throws: CryptoError.wrongLength(count)) {
            try AESGCM.seal(text.span, key: wrong.span, nonce: nonce.span)
        }
        #expect(throws: CryptoError.wrongLength(count)) {
            _ = try AESGCM.Sealing(key: wrong.span, nonce: nonce.span)
        }
        #expect(throws: CryptoError.wrongLength(count)) {
            _ = try AESGCM.Opening(key: wrong.span, nonce: nonce.span)
        }
        #expect(throws: CryptoError.wrongLength(0)) { try AESGCM.seal(text.span, key: key.span, nonce: Span()) }
        #expect(throws: CryptoError.wrongLength(0)) { _ = try AESGCM.Opening(key: key.span, nonce: Span()) }
        #expect(throws: CryptoError.wrongLength(0)) { _ = try AESGCM.Sealing(key: key.span, nonce: Span()) }
    }

    @Test func forgedTextGivesNoDecryption() throws {
        let sealed = try AESGCM.seal(text.span, key: key.span, nonce: nonce.span)
        let wrong = Self.changed(sealed.ciphertext, 3)
        #expect(throws: CryptoError.unauthentic) {
            var opening = try AESGCM.Opening(key: key.span, nonce: nonce.span)
            try opening.read(wrong.span)
            _ = try opening.authenticate(tag: sealed.tag.span)
        }
    }

    @Test func otherSecondReadingIsFound() throws {
        let sealed = try AESGCM.seal(text.span, key: key.span, nonce: nonce.span)
        let same = sealed.ciphertext
        #expect(try Self.readTwice(same, same, sealed.tag) == text)
        #expect(throws: CryptoError.changedBetweenReads) { try Self.readTwice(same, Self.changed(same, 0), sealed.tag) }
        #expect(throws: CryptoError.changedBetweenReads) { try Self.readTwice(same, same + [0], sealed.tag) }
        #expect(throws: CryptoError.changedBetweenReads) { try Self.readTwice(same, same.dropLast(), sealed.tag) }
        #expect(throws: CryptoError.changedBetweenReads) { try Self.readTwice(same, [], sealed.tag) }
    }

    /// Bytes beyond the first reading are not decrypted at all, and the end fails even if they are ignored.
    @Test func moreThanWasReadIsNotReleased() throws {
        let sealed = try AESGCM.seal(text.span, key: key.span, nonce: nonce.span)
        var opening = try AESGCM.Opening(key: key.span, nonce: nonce.span)
        try opening.read(sealed.ciphertext.span)
        var decryption = try opening.authenticate(tag: sealed.tag.span)
        var bytes = sealed.ciphertext
        var span = bytes.mutableSpan
        try decryption.decrypt(&span)
        var more: [UInt8] = [1]
        var extra = more.mutableSpan
        do {
            try decryption.decrypt(&extra)
            Issue.record("bytes beyond the first reading")
        } catch {
            #expect(error == .changedBetweenReads)
        }
        #expect(more == [1])
        #expect(bytes == text)
        do {
            try decryption.finish()
            Issue.record("the text was longer")
        } catch {
            #expect(error == .changedBetweenReads)
        }
    }

    /// 2^39 - 256 bits (SP 800-38D §5.2.1.1).
    @Test func limitIsThatOfTheStandard() {
        #expect(AESGCM.maximumLength == 68_719_476_704)
    }

    private static func readTwice(_ first: [UInt8], _ second: [UInt8], _ tag: FixedBytes<16>) throws -> [UInt8] {
        var opening = try AESGCM.Opening(key: key.span, nonce: nonce.span)
        try opening.read(first.span)
        var decryption = try opening.authenticate(tag: tag.span)
        var bytes = second
        var span = bytes.mutableSpan
        try decryption.decrypt(&span)
        try decryption.finish()
        return bytes
    }

    private static func changed(_ bytes: [UInt8], _ index: Int) -> [UInt8] {
        var changed = bytes
        changed[index] ^= 0x10
        return changed
    }

    /// Ranges of random length, some of them empty, that make up `count`.
    private static func pieces(_ count: Int) -> [Range<Int>] {
        var pieces: [Range<Int>] = [0..<0]
        var start = 0
        while start < count {
            let end = min(count, start + Int.random(in: 0...(Bool.random() ? 20 : 9000)))
            pieces.append(start..<end)
            start = end
        }
        return pieces
    }
}

private let key = [UInt8](repeating: 5, count: 32)
private let nonce = [UInt8](repeating: 7, count: 12)
private let text = [UInt8](0..<40)

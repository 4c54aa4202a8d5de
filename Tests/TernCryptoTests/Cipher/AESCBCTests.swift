// AES-CBC: NIST's values, and what a wrongly padded text tells.

import TernCrypto
import Testing

@Suite struct AESCBCTests {
    /// SP 800-38A F.2.1, F.2.3, F.2.5, first block.
    @Test(arguments: [
        ("2b7e151628aed2a6abf7158809cf4f3c", "7649abac8119b246cee98e9b12e9197d"),
        ("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "4f021db243bc633d7178183a9fa071e8"),
        (
            "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
            "f58c4c04d6e5f1ba779eabfb5f7bfbd6"
        ),
    ])
    func encryptsAsNISTPrints(_ key: String, _ block: String) throws {
        let key = [UInt8](hexadecimal: key)
        let plaintext = [UInt8](hexadecimal: "6bc1bee22e409f96e93d7e117393172a")
        let vector = [UInt8](0..<16)
        let ciphertext = try AESCBC.encrypt(plaintext.span, key: key.span, iv: vector.span)
        #expect(ciphertext.count == 32)
        #expect(Array(ciphertext.prefix(16)) == [UInt8](hexadecimal: block))
        #expect(try AESCBC.decrypt(ciphertext.span, key: key.span, iv: vector.span) == plaintext)
    }

    @Test func textsOfAnyLengthComeBack() throws {
        for keyLength in [16, 24, 32] {
            let key = [UInt8](repeating: 3, count: keyLength)
            for count in 0...67 {
                let plaintext = (0..<count).map { UInt8($0) }
                let ciphertext = try AESCBC.encrypt(plaintext.span, key: key.span, iv: vector.span)
                #expect(ciphertext.count == AESCBC.ciphertextLength(of: count))
                #expect(ciphertext.count > count && ciphertext.count <= count + 16 && ciphertext.count % 16 == 0)
                #expect(try AESCBC.decrypt(ciphertext.span, key: key.span, iv: vector.span) == plaintext)
            }
        }
    }

    /// Changing the vector changes the only block as an attacker would: whatever its padding then is, the error is one.
    @Test func eachPaddingIsRightOrOneError() throws {
        let ciphertext = try AESCBC.encrypt(Span(), key: key.span, iv: vector.span)
        for last in UInt8.min...UInt8.max {
            // a block that ends with `last` bytes of `last` where that is possible
            let count = (1...16).contains(last) ? Int(last) : 1
            let block = (0..<16).map { $0 < 16 - count ? 0xaa : last }
            let result = Result { () throws in try Self.decrypt(ciphertext, as: block) }
            if (1...16).contains(last) {
                #expect(try result.get() == [UInt8](repeating: 0xaa, count: 16 - count))
            } else {
                #expect(throws: CryptoError.malformedCiphertext) { try result.get() }
            }
            guard count > 1 else { continue }
            for wrong in 16 - count..<15 {
                var block = block
                block[wrong] ^= 0x80
                #expect(throws: CryptoError.malformedCiphertext) { try Self.decrypt(ciphertext, as: block) }
            }
        }
    }

    @Test(arguments: [0, 1, 15, 17, 31, 33])
    func refusesBrokenBlocks(_ count: Int) {
        let text = [UInt8](repeating: 0, count: count)
        #expect(throws: CryptoError.malformedCiphertext) {
            try AESCBC.decrypt(text.span, key: key.span, iv: vector.span)
        }
    }

    @Test(arguments: [0, 1, 15, 17, 23, 25, 31, 33, 64])
    func refusesOtherKeysAndVectors(_ count: Int) {
        let wrong = [UInt8](repeating: 0, count: count)
        let text = [UInt8](repeating: 0, count: 16)
        #expect(throws: CryptoError.wrongLength(count)) {
            try AESCBC.encrypt(text.span, key: wrong.span, iv: vector.span)
        }
        #expect(throws: CryptoError.wrongLength(count)) {
            try AESCBC.decrypt(text.span, key: wrong.span, iv: vector.span)
        }
        #expect(throws: CryptoError.wrongLength(count)) {
            try AESCBC.encrypt(text.span, key: key.span, iv: wrong.span)
        }
        #expect(throws: CryptoError.wrongLength(count)) {
            try AESCBC.decrypt(text.span, key: key.span, iv: wrong.span)
        }
    }

    @Test func wronglyPaddedTextIsWiped() throws {
        let plaintext = [UInt8](repeating: 0x61, count: 32)
        let ciphertext = Array(try AESCBC.encrypt(plaintext.span, key: key.span, iv: vector.span).prefix(32))
        var text = [UInt8](repeating: 0xff, count: 32)
        var span = text.mutableSpan
        do {
            _ = try AESCBC.decrypt(ciphertext.span, key: key.span, iv: vector.span, into: &span)
            Issue.record("the padding was cut off")
        } catch {
            #expect(error == .malformedCiphertext)
        }
        #expect(text == [UInt8](repeating: 0, count: 32))
    }

    @Test func inPlaceEqualsWhole() throws {
        let plaintext = [UInt8](repeating: 0x61, count: 50)
        var ciphertext = [UInt8](repeating: 0xff, count: 64)
        var span = ciphertext.mutableSpan
        try AESCBC.write(encrypted: plaintext.span, key: key.span, iv: vector.span, into: &span)
        var text = [UInt8](repeating: 0xff, count: 64)
        span = text.mutableSpan
        let count = try AESCBC.decrypt(ciphertext.span, key: key.span, iv: vector.span, into: &span)
        #expect(count == 50)
        #expect(Array(text.prefix(50)) == plaintext)
    }

    private static func decrypt(_ ciphertext: [UInt8], as block: [UInt8]) throws -> [UInt8] {
        // the encrypted block is one of padding alone
        let changed = (0..<16).map { vector[$0] ^ 16 ^ block[$0] }
        return try AESCBC.decrypt(ciphertext.span, key: key.span, iv: changed.span)
    }
}

private let key = [UInt8](repeating: 5, count: 32)
private let vector = [UInt8](repeating: 7, count: 16)

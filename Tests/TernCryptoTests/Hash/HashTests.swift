// SHA-256, HMAC and HKDF: a few printed values, lengths and limits.

import TernCrypto
import Testing

@Suite struct SHA256Tests {
    @Test func digestsAsFIPSPrints() {
        let abc = [UInt8]("abc".utf8)
        #expect(
            SHA256.digest(abc.span).array
                == [UInt8](hexadecimal: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
        #expect(
            SHA256.digest(Span()).array
                == [UInt8](hexadecimal: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
    }
}

@Suite struct HMACSHA256Tests {
    /// RFC 4231 §4.2, §4.3, §4.7.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0b, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            [UInt8]("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func codesAsRFC4231Prints(_ key: [UInt8], _ message: String, _ code: String) throws {
        let message = [UInt8](message.utf8)
        let computed = HMACSHA256.code(key: key.span, message.span)
        let printed = try FixedBytes<32>(computed.span).array
        #expect(printed == [UInt8](hexadecimal: code))
    }

    @Test func messageInTwoPartsIsTheWhole() throws {
        let message = (0..<200).map { UInt8($0) }
        for keyLength in [0, 1, 32, 63, 64, 65, 200] {
            let key = [UInt8](repeating: 3, count: keyLength)
            let whole = try FixedBytes<32>(HMACSHA256.code(key: key.span, message.span).span)
            for cut in [0, 1, 63, 64, 65, 199, 200] {
                var code = FixedBytes<32>()
                var span = code.mutableSpan
                HMACSHA256.write(
                    key: key.span, message.span.extracting(first: cut), message.span.extracting(droppingFirst: cut),
                    into: &span)
                #expect(code == whole)
            }
        }
    }

    @Test func truncatedCodesVerify() throws {
        let message: [UInt8] = [1, 2, 3]
        let code = try FixedBytes<32>(HMACSHA256.code(key: key.span, message.span).span).array
        for count in 8...32 {
            let tag = Array(code.prefix(count))
            try HMACSHA256.verify(tag.span, key: key.span, message.span)
            for index in 0..<count {
                var wrong = tag
                wrong[index] ^= 1
                #expect(throws: CryptoError.unauthentic) {
                    try HMACSHA256.verify(wrong.span, key: key.span, message.span)
                }
            }
            #expect(throws: CryptoError.unauthentic) { try HMACSHA256.verify(tag.span, key: key.span, Span()) }
        }
        for count in [0, 1, 7, 33, 64] {
            let tag = Array((code + code).prefix(count))
            #expect(throws: CryptoError.wrongLength(count)) {
                try HMACSHA256.verify(tag.span, key: key.span, message.span)
            }
        }
    }
}

@Suite struct HKDFSHA256Tests {
    /// RFC 5869 A.1, A.3.
    @Test(arguments: [
        (
            "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        ),
        ("", "", "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"),
    ])
    func derivesAsRFC5869Prints(_ salt: String, _ info: String, _ output: String) throws {
        let material = [UInt8](repeating: 0x0b, count: 22)
        let derived = try Self.derive(
            42, from: material, salt: [UInt8](hexadecimal: salt), info: [UInt8](hexadecimal: info))
        #expect(derived == [UInt8](hexadecimal: output))
    }

    @Test func emptySaltIsOneOfZeros() throws {
        let zeros = [UInt8](repeating: 0, count: 32)
        #expect(
            try Self.derive(64, from: key, salt: [], info: key) == Self.derive(64, from: key, salt: zeros, info: key))
    }

    /// Also with an `info` so long that the message lies on the heap.
    @Test func shorterOutputIsThePrefix() throws {
        for info in [[], key, [UInt8](repeating: 1, count: 5000)] {
            let longest = try Self.derive(HKDFSHA256.maximumLength, from: key, salt: key, info: info)
            for count in [0, 1, 31, 32, 33, 64, 80, 8159] {
                #expect(try Self.derive(count, from: key, salt: key, info: info) == Array(longest.prefix(count)))
            }
        }
    }

    @Test func refusesMoreThan255Blocks() throws {
        #expect(HKDFSHA256.maximumLength == 8160)
        var output = [UInt8](repeating: 0xee, count: 8161)
        var span = output.mutableSpan
        do {
            try HKDFSHA256.derive(from: key.span, salt: Span(), info: Span(), into: &span)
            Issue.record("too much was derived")
        } catch {
            #expect(error == .limitExceeded)
        }
        #expect(output == [UInt8](repeating: 0xee, count: 8161))
    }

    private static func derive(_ count: Int, from material: [UInt8], salt: [UInt8], info: [UInt8]) throws -> [UInt8] {
        var output = [UInt8](repeating: 0, count: count)
        var span = output.mutableSpan
        try HKDFSHA256.derive(from: material.span, salt: salt.span, info: info.span, into: &span)
        return output
    }
}

private let key = [UInt8](repeating: 5, count: 32)

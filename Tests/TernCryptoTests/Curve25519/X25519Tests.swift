// X25519: agreement, the rule for odd encodings, points of small order, clamping.

import TernCrypto
import Testing

@Suite struct X25519Tests {
    @Test func bothSidesAgree() throws {
        for _ in 0..<50 {
            let own = X25519PrivateKey(Recipe().secret())
            var entropy = SystemEntropy()
            let other = X25519PrivateKey(from: &entropy)
            let first = try own.sharedSecret(with: other.publicKey())
            let second = try other.sharedSecret(with: own.publicKey())
            let areEqual = first.equals(second)
            #expect(areEqual)
        }
    }

    @Test func multipliesAsRFC7748Prints() throws {
        let scalar = [UInt8](hexadecimal: "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4")
        let point = [UInt8](hexadecimal: "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")
        let product = try X25519PrivateKey(Secret(copying: scalar)).sharedSecret(with: X25519PublicKey(point.span))
        let expected = [UInt8](hexadecimal: "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
        let printed = try FixedBytes<32>(product.span)
        #expect(printed.array == expected)
    }

    @Test func iteratesAsRFC7748Prints() throws {
        var scalar = [UInt8](repeating: 0, count: 32)
        scalar[0] = 9
        var point = scalar
        for round in 1...1000 {
            let product = try X25519PrivateKey(Secret(copying: scalar)).sharedSecret(with: X25519PublicKey(point.span))
            point = scalar
            scalar = try FixedBytes<32>(product.span).array
            if round == 1 {
                #expect(
                    scalar
                        == [UInt8](hexadecimal: "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"))
            }
        }
        #expect(
            scalar == [UInt8](hexadecimal: "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"))
    }

    @Test(arguments: [
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p - 1
        "ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p - 2
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7e",
        "ecfffffffffffffffffffffffffffffffffffffffffffffffffffffffffeff7f",
        "edfffffffffffffffffffffffffffffffffffffffffffffffffffffffffeff7f",  // byte 30 below 0xff
        "edfeffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // byte 1 below 0xff
        "0000000000000000000000000000000000000000000000000000000000000000",
    ])
    func acceptsNumbersBelowThePrime(_ encoding: String) throws {
        let bytes = [UInt8](hexadecimal: encoding)
        #expect(try X25519PublicKey(bytes.span).bytes.array == bytes)
    }

    @Test(arguments: [
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p + 1
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // 2^255 - 1
        "0900000000000000000000000000000000000000000000000000000000000080",  // bit 255
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",  // bit 255, RFC 7748 §5.2
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ])
    func refusesSecondEncodings(_ encoding: String) {
        let bytes = [UInt8](hexadecimal: encoding)
        #expect(throws: CryptoError.nonCanonicalPublicKey) { try X25519PublicKey(bytes.span) }
    }

    @Test(arguments: [0, 31, 33, 64])
    func refusesOtherLengths(_ count: Int) {
        let bytes = [UInt8](repeating: 9, count: count)
        #expect(throws: CryptoError.wrongLength(count)) { try X25519PublicKey(bytes.span) }
    }

    @Test(arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ])
    func refusesSmallOrder(_ encoding: String) throws {
        let bytes = [UInt8](hexadecimal: encoding)
        let peer = try X25519PublicKey(bytes.span)
        let key = X25519PrivateKey(Recipe().secret())
        #expect(throws: CryptoError.lowOrderPublicKey) { _ = try key.sharedSecret(with: peer) }
    }

    /// The seven other encodings of these points never become a key.
    @Test(arguments: [
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "cdeb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
        "4c9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
        "d9ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "daffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "dbffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ])
    func refusesSmallOrderInOtherEncodings(_ encoding: String) {
        let bytes = [UInt8](hexadecimal: encoding)
        #expect(throws: CryptoError.nonCanonicalPublicKey) { try X25519PublicKey(bytes.span) }
    }

    @Test func twistIsAccepted() throws {
        var bytes = [UInt8](repeating: 0, count: 32)
        bytes[0] = 2
        let key = X25519PrivateKey(Recipe().secret())
        let shared = try key.sharedSecret(with: X25519PublicKey(bytes.span))
        let isZero = shared.equals(try Secret(copying: [UInt8](repeating: 0, count: 32)))
        #expect(!isZero)
    }

    @Test func freshKeysAreClamped() {
        var entropy = Ones()
        let key = X25519PrivateKey(from: &entropy)
        let first = key.span[0]
        let last = key.span[31]
        #expect(first == 0xf8)
        #expect(last == 0x7f)
    }

    /// A key that another implementation stored unclamped is computed with as clamped, and handed back as it came.
    @Test func storedKeysStayAsTheyCame() throws {
        let bytes = [UInt8](repeating: 0xff, count: 32)
        let key = try X25519PrivateKey(Secret(copying: bytes))
        var entropy = Ones()
        let clamped = X25519PrivateKey(from: &entropy)
        let stored = try FixedBytes<32>(key.span).array
        #expect(stored == bytes)
        let twin = key.duplicate()
        let kept = try FixedBytes<32>(twin.span).array
        #expect(kept == bytes)
        let keys = (key.publicKey(), clamped.publicKey(), twin.publicKey())
        #expect(keys.0 == keys.1)
        #expect(keys.0 == keys.2)
    }
}

private struct Ones: Entropy {
    mutating func fill(_ bytes: inout MutableSpan<UInt8>) {
        for index in bytes.indices { bytes[index] = 0xff }
    }
}

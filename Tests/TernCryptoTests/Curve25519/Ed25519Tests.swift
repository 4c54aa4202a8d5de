// Ed25519: RFC 8032's values, and the strictness that two implementations could differ in.

internal import CSodium
import TernCrypto
import Testing

@Suite struct Ed25519Tests {
    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            """
            e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f059
            5bbe24655141438e7a100b
            """
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            """
            6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e971
            6ed28dc027beceea1ec40a
            """
        ),
    ])
    func signsAsRFC8032Prints(_ seed: String, _ publicKey: String, _ message: String, _ signature: String) throws {
        let key = try Ed25519PrivateKey(seed: Secret(copying: [UInt8](hexadecimal: seed)))
        let message = [UInt8](hexadecimal: message)
        let signed = key.sign(message.span)
        let known = key.publicKey
        #expect(known.bytes.array == [UInt8](hexadecimal: publicKey))
        #expect(signed.array == [UInt8](hexadecimal: signature))
        try known.verify(signed.span, of: message.span)
        let kept = try FixedBytes<32>(key.seed).array
        #expect(kept == [UInt8](hexadecimal: seed))
    }

    @Test func eachBitCounts() throws {
        let (publicKey, signature, message) = Self.example()
        for bit in 0..<512 {
            var wrong = signature
            wrong.storage[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: CryptoError.unauthentic) { try publicKey.verify(wrong.span, of: message.span) }
        }
        var other = message
        other[0] ^= 1
        #expect(throws: CryptoError.unauthentic) { try publicKey.verify(signature.span, of: other.span) }
    }

    @Test(arguments: [0, 32, 63, 65, 128])
    func refusesOtherLengths(_ count: Int) {
        let (publicKey, signature, message) = Self.example()
        let wrong = Array((signature.array + signature.array).prefix(count))
        #expect(throws: CryptoError.wrongLength(count)) { try publicKey.verify(wrong.span, of: message.span) }
    }

    @Test func refusesResponseBeyondTheOrder() throws {
        let (publicKey, signature, message) = Self.example()
        try publicKey.verify(signature.span, of: message.span)
        var wrong = signature
        // S + L, and so on while it fits: each of them satisfies the equation
        for _ in 0..<8 {
            var carry = 0
            for index in 0..<32 {
                carry += Int(wrong.storage[32 + index]) + Int(order[index])
                wrong.storage[32 + index] = UInt8(carry & 0xff)
                carry >>= 8
            }
            #expect(throws: CryptoError.unauthentic) { try publicKey.verify(wrong.span, of: message.span) }
        }
    }

    /// With A the neutral point, S = 1 and R = B satisfy the equation for any message.
    @Test(arguments: neutralEncodings)
    func refusesKeyOfSmallOrder(_ encoding: String) {
        var signature = [UInt8](repeating: 0x66, count: 32) + [UInt8](repeating: 0, count: 32)
        signature[0] = 0x58
        signature[32] = 1
        let key = [UInt8](hexadecimal: encoding)
        #expect(throws: CryptoError.unauthentic) {
            try Ed25519PublicKey(key.span).verify(signature.span, of: [1, 2, 3].span)
        }
    }

    /// With R the neutral point, S = ha satisfies the equation.
    @Test(arguments: neutralEncodings)
    func refusesCommitmentOfSmallOrder(_ encoding: String) throws {
        let recipe = Recipe()
        let publicKey = Ed25519PrivateKey(seed: recipe.secret()).publicKey
        let message: [UInt8] = [1, 2, 3]
        let commitment = [UInt8](hexadecimal: encoding)
        let challenge = Reference.reduced(Reference.sha512(commitment.span, publicKey.bytes.span, message.span))
        let response = product(challenge, Reference.ed25519Scalar(seed: recipe.secret()))
        let signature = commitment + (try FixedBytes<32>(response.span).array)
        #expect(throws: CryptoError.unauthentic) { try publicKey.verify(signature.span, of: message.span) }
    }

    @Test(arguments: smallOrder)
    func refusesConversionOfSmallOrder(_ encoding: String) throws {
        let bytes = [UInt8](hexadecimal: encoding)
        #expect(throws: CryptoError.invalidPublicKey) { try Ed25519PublicKey(bytes.span).x25519() }
        var negative = bytes
        negative[31] ^= 0x80
        #expect(throws: CryptoError.invalidPublicKey) { try Ed25519PublicKey(negative.span).x25519() }
    }

    /// y = 3 + p and others are on the curve, but outside the prime-order group; y = 2 is no point at all.
    @Test(arguments: [0, 1, 2, 3, 4, 5, 6, 9, 10, 14, 15, 16, 18])
    func refusesConversionOfSecondEncodings(_ number: Int) throws {
        var bytes = [UInt8](repeating: 0xff, count: 32)
        bytes[0] = 0xed + UInt8(number)
        bytes[31] = 0x7f
        let key = try Ed25519PublicKey(bytes.span)
        #expect(throws: CryptoError.invalidPublicKey) { try key.x25519() }
        let signature = [UInt8](repeating: 0, count: 64)
        #expect(throws: CryptoError.unauthentic) { try key.verify(signature.span, of: Span()) }
    }

    /// A key plus the point of order two: a transcript with it would be another one for the same shared secret.
    @Test func refusesConversionOfTorsionedKey() throws {
        let key = Ed25519PrivateKey(seed: Recipe().secret()).publicKey
        let torsion = [UInt8](hexadecimal: "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")
        var sum = [UInt8](repeating: 0, count: 32)
        let failure = unsafe crypto_core_ed25519_add(&sum, key.bytes.array, torsion)
        #expect(failure == 0)
        #expect(throws: CryptoError.invalidPublicKey) { try Ed25519PublicKey(sum.span).x25519() }
    }

    @Test(arguments: [0, 31, 33])
    func refusesKeysOfOtherLengths(_ count: Int) {
        let bytes = [UInt8](repeating: 1, count: count)
        #expect(throws: CryptoError.wrongLength(count)) { try Ed25519PublicKey(bytes.span) }
    }

    private static func example() -> (Ed25519PublicKey, FixedBytes<64>, [UInt8]) {
        let message = [UInt8](repeating: 0x61, count: 40)
        let key = Ed25519PrivateKey(seed: Recipe().secret())
        return (key.publicKey, key.sign(message.span), message)
    }
}

/// L, the order of the group.
private let order = [UInt8](hexadecimal: "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")

/// The neutral point: as it should be, with the sign of x = 0, and with y = p + 1.
private let neutralEncodings = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]

/// Order 1, 2, 4 and 8.
private let smallOrder = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]

private func product(_ left: borrowing Secret<32>, _ right: borrowing Secret<32>) -> Secret<32> {
    Secret<32> { product in
        unsafe product.withUnsafeMutableBufferPointer { product in
            unsafe left.span.withUnsafeBufferPointer { left in
                unsafe right.span.withUnsafeBufferPointer { right in
                    guard let to = product.baseAddress, let a = left.baseAddress, let b = right.baseAddress else {
                        return
                    }
                    unsafe crypto_core_ed25519_scalar_mul(to, a, b)
                }
            }
        }
    }
}

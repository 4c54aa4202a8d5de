// The two forms of one key, the signatures of OMEMO 0.3 between them, and XEdDSA.

import TernCrypto
import Testing

@Suite struct EdwardsFormTests {
    @Test func formsLeadToEachOther() throws {
        for _ in 0..<40 {
            let key = Ed25519PrivateKey(seed: Recipe().secret())
            let edwards = key.publicKey
            let montgomery = try edwards.x25519()
            let converted = key.x25519().publicKey()
            #expect(montgomery == converted)
            let isNegative = edwards.bytes.storage[31] & 0x80 != 0
            #expect(try montgomery.ed25519(signBit: isNegative) == edwards)
            let other = try montgomery.ed25519(signBit: !isNegative)
            #expect(other != edwards)
            #expect(try other.x25519() == montgomery)
        }
    }

    @Test func basePointsAreTheSamePoint() throws {
        var nine = FixedBytes<32>()
        nine.storage[0] = 9
        var base = FixedBytes<32>(InlineArray(repeating: 0x66))
        base.storage[0] = 0x58
        #expect(try X25519PublicKey(nine).ed25519(signBit: false).bytes == base)
        #expect(try Ed25519PublicKey(base).x25519().bytes == nine)
    }

    /// u = -1 would be a division by zero.
    @Test(arguments: [false, true])
    func refusesMinusOne(_ signBit: Bool) throws {
        let bytes = [UInt8](hexadecimal: "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")
        let key = try X25519PublicKey(bytes.span)
        #expect(throws: CryptoError.invalidPublicKey) { try key.ed25519(signBit: signBit) }
    }

    @Test func zeroIsMinusOne() throws {
        let key = try X25519PublicKey(FixedBytes<32>())
        let edwards = try key.ed25519(signBit: false)
        #expect(
            edwards.bytes.array
                == [UInt8](hexadecimal: "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"))
        #expect(throws: CryptoError.invalidPublicKey) { try edwards.x25519() }
        refusesAll(key)
    }

    @Test func oneIsZero() throws {
        var one = FixedBytes<32>()
        one.storage[0] = 1
        let key = try X25519PublicKey(one)
        #expect(try key.ed25519(signBit: false).bytes == FixedBytes<32>())
        #expect(try key.ed25519(signBit: true).bytes.storage[31] == 0x80)
        refusesAll(key)
    }

    /// Points of the twist have a y, but no x.
    @Test(arguments: [2, 3, 5])
    func twistVerifiesNothing(_ number: UInt8) throws {
        var bytes = FixedBytes<32>()
        bytes.storage[0] = number
        let key = try X25519PublicKey(bytes)
        #expect(throws: CryptoError.invalidPublicKey) { try key.ed25519(signBit: false).x25519() }
        refusesAll(key)
    }

    private func refusesAll(_ key: X25519PublicKey) {
        for signBit: UInt8 in [0, 0x80] {
            var signature = FixedBytes<64>()
            signature.storage[63] = signBit
            #expect(throws: CryptoError.unauthentic) {
                try SignBitSignature.verify(signature.span, of: Span(), by: key)
            }
        }
    }
}

@Suite struct SignBitSignatureTests {
    @Test func bothSignsVerify() throws {
        var signs: Set<Bool> = []
        let message: [UInt8] = [1, 2, 3]
        while signs.count < 2 {
            let key = Ed25519PrivateKey(seed: Recipe().secret())
            let isNegative = key.publicKey.bytes.storage[31] & 0x80 != 0
            signs.insert(isNegative)
            let signature = SignBitSignature.sign(message.span, with: key)
            #expect((signature.storage[63] & 0x80 != 0) == isNegative)
            let montgomery = try key.publicKey.x25519()
            try SignBitSignature.verify(signature.span, of: message.span, by: montgomery)
            for bit: UInt8 in [0x80, 0x40, 0x20, 0x10, 1] {
                var wrong = signature
                wrong.storage[63] ^= bit
                #expect(throws: CryptoError.unauthentic) {
                    try SignBitSignature.verify(wrong.span, of: message.span, by: montgomery)
                }
            }
            #expect(throws: CryptoError.unauthentic) {
                try SignBitSignature.verify(signature.span, of: Span(), by: montgomery)
            }
        }
    }

    @Test(arguments: [0, 63, 65])
    func refusesOtherLengths(_ count: Int) throws {
        let key = X25519PrivateKey(Recipe().secret()).publicKey()
        let signature = [UInt8](repeating: 0, count: count)
        #expect(throws: CryptoError.wrongLength(count)) {
            try SignBitSignature.verify(signature.span, of: Span(), by: key)
        }
    }

    @Test func refusesKeyWithoutEdwardsForm() throws {
        let bytes = [UInt8](hexadecimal: "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")
        let key = try X25519PublicKey(bytes.span)
        let signature = [UInt8](repeating: 0, count: 64)
        #expect(throws: CryptoError.invalidPublicKey) {
            try SignBitSignature.verify(signature.span, of: Span(), by: key)
        }
    }
}

@Suite struct XEdDSATests {
    /// Half of all keys are negated on the way; unclamped ones are clamped.
    @Test func signaturesVerifyUnderTheCurveKey() throws {
        let message = [UInt8](repeating: 0x61, count: 33)
        for _ in 0..<24 {
            let key = X25519PrivateKey(Recipe().secret())
            let publicKey = key.publicKey()
            let signature = XEdDSA.sign(message.span, with: key, nonce: Recipe().secret())
            #expect(signature.storage[63] & 0x80 == 0)
            try SignBitSignature.verify(signature.span, of: message.span, by: publicKey)
            try publicKey.ed25519(signBit: false).verify(signature.span, of: message.span)
            #expect(throws: CryptoError.unauthentic) {
                try publicKey.ed25519(signBit: true).verify(signature.span, of: message.span)
            }
        }
    }

    @Test func nonceDecidesTheCommitment() {
        let key = X25519PrivateKey(Recipe().secret())
        let nonce = Recipe()
        let first = XEdDSA.sign(Span(), with: key, nonce: nonce.secret())
        let again = XEdDSA.sign(Span(), with: key, nonce: nonce.secret())
        let other = XEdDSA.sign(Span(), with: key, nonce: Recipe().secret())
        #expect(first == again)
        #expect(first.array.prefix(32) != other.array.prefix(32))
        let message: [UInt8] = [0]
        let longer = XEdDSA.sign(message.span, with: key, nonce: nonce.secret())
        #expect(first.array.prefix(32) != longer.array.prefix(32))
    }
}

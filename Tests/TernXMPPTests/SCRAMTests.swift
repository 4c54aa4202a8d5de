// Owns that SCRAM is what its specifications say, and that whatever a server says instead is refused.

import Testing

import TernCrypto
@testable import TernXMPP

@Suite struct SCRAMTests {
    private func login(
        _ hash: HashFunction, nonce: String, binding: ChannelBinding? = nil, isBindingPossible: Bool = false,
        offer: LoginOffer = LoginOffer(), user: String = "user"
    ) throws -> SCRAM {
        SCRAM(
            hash, user: user, LoginSecret(password: SecretBytes(copying: Array("pencil".utf8))), offer,
            binding: binding, isBindingPossible: isBindingPossible, nonce: try Base64.decode(nonce))
    }

    /// RFC 5802 §5.
    @Test func theExampleWithSHA1() throws {
        var scram = try login(.sha1, nonce: "fyko+d2lbbFgONRv9qkxdawL")
        #expect(scram.first == "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL")
        let answer = try scram.answer(
            Array("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096".utf8))
        #expect(
            answer == "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=")
        try scram.check(Array("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=".utf8))
        #expect(scram.isProven)
    }

    /// RFC 7677 §3.
    @Test func theExampleWithSHA256() throws {
        var scram = try login(.sha256, nonce: "rOprNGfwEbeRWgbNEkqO")
        let answer = try scram.answer(
            Array("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".utf8))
        #expect(
            answer
                == "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        )
        try scram.check(Array("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".utf8))
    }

    /// The kept keys of a login are enough for the next one, and for no other salt.
    @Test func keysServeInPlaceOfThePassword() throws {
        let challenge = Array("r=rOprNGfwEbeRWgbNEkqO%hv,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".utf8)
        var first = try login(.sha256, nonce: "rOprNGfwEbeRWgbNEkqO")
        let answer = try first.answer(challenge)
        let keys = try #require(first.keys)
        var second = SCRAM(
            .sha256, user: "user", LoginSecret(keys: keys), LoginOffer(), binding: nil, isBindingPossible: false,
            nonce: try Base64.decode("rOprNGfwEbeRWgbNEkqO"))
        #expect(try second.answer(challenge) == answer)
        var third = SCRAM(
            .sha256, user: "user", LoginSecret(keys: keys), LoginOffer(), binding: nil, isBindingPossible: false,
            nonce: try Base64.decode("rOprNGfwEbeRWgbNEkqO"))
        #expect(throws: LoginError.passwordNeeded) {
            try third.answer(Array("r=rOprNGfwEbeRWgbNEkqO%hv,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=8192".utf8))
        }
    }

    /// RFC 5802 §6, §7: what is bound stands in the final message, and a separator in a name is escaped.
    @Test func whatIsBoundIsSaid() throws {
        let binding = ChannelBinding(kind: "tls-server-end-point", data: [1, 2, 3])
        var scram = try login(.sha256, nonce: "rOprNGfwEbeRWgbNEkqO", binding: binding, user: "a,b=c")
        #expect(scram.first == "p=tls-server-end-point,,n=a=2Cb=3Dc,r=rOprNGfwEbeRWgbNEkqO")
        let answer = try scram.answer(Array("r=rOprNGfwEbeRWgbNEkqOx,s=QSXCR+Q6sek8bf92,i=4096".utf8))
        let bound = Array("p=tls-server-end-point,,".utf8) + [1, 2, 3]
        #expect(answer.hasPrefix("c=\(Base64.encode(bound.span)),"))
        let possible = try login(.sha256, nonce: "rOprNGfwEbeRWgbNEkqO", isBindingPossible: true)
        #expect(possible.first.hasPrefix("y,,"))
    }

    @Test(arguments: [
        ("r=other,s=QSXCR+Q6sek8bf92,i=4096", LoginError.malformed),
        ("r=rOprNGfwEbeRWgbNEkqO,s=QSXCR+Q6sek8bf92,i=4096", .malformed),
        ("m=x,r=rOprNGfwEbeRWgbNEkqOx,s=QSXCR+Q6sek8bf92,i=4096", .malformed),
        ("r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096", .malformed),
        ("r=rOprNGfwEbeRWgbNEkqOx,s=%%%,i=4096", .malformed),
        ("r=rOprNGfwEbeRWgbNEkqOx,s=QSXCR+Q6sek8bf92", .malformed),
        ("r=rOprNGfwEbeRWgbNEkqOx,r=rOprNGfwEbeRWgbNEkqOy,s=QSXCR+Q6sek8bf92,i=4096", .malformed),
        ("", .malformed),
        ("r=rOprNGfwEbeRWgbNEkqOx,s=QSXCR+Q6sek8bf92,i=1", .iterations(1)),
        ("r=rOprNGfwEbeRWgbNEkqOx,s=QSXCR+Q6sek8bf92,i=4095", .iterations(4095)),
        ("r=rOprNGfwEbeRWgbNEkqOx,s=QSXCR+Q6sek8bf92,i=1000001", .iterations(1_000_001)),
        ("r=rOprNGfwEbeRWgbNEkqOx,s=QSXCR+Q6sek8bf92,i=4096,h=AAAA", .offerChanged),
    ])
    func challengesThatAreRefused(challenge: String, error: LoginError) throws {
        var scram = try login(.sha256, nonce: "rOprNGfwEbeRWgbNEkqO")
        #expect(throws: error) { try scram.answer(Array(challenge.utf8)) }
    }

    /// A server that does not know the password cannot prove that it does.
    @Test(arguments: ["v=AAAA", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=", "", "v=", "x=1"])
    func proofsThatAreNone(final: String) throws {
        var scram = try login(.sha256, nonce: "rOprNGfwEbeRWgbNEkqO")
        #expect(throws: LoginError.serverUnproven) { try scram.check(Array("v=AAAA".utf8)) }
        _ = try scram.answer(
            Array("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".utf8))
        #expect(throws: LoginError.self) { try scram.check(Array(final.utf8)) }
        #expect(!scram.isProven)
    }

    /// XEP-0474 §6.1: sorted by octet, kinds behind a separator of their own.
    @Test func anOfferHasOneFingerprint() {
        let offer = LoginOffer(
            mechanisms: ["SCRAM-SHA-256", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"], bindings: ["tls-unique", "tls-exporter"])
        #expect(
            offer.fingerprint
                == Array("SCRAM-SHA-1\u{1E}SCRAM-SHA-1-PLUS\u{1E}SCRAM-SHA-256\u{1F}tls-exporter\u{1E}tls-unique".utf8))
        #expect(LoginOffer(mechanisms: ["A"], bindings: nil).fingerprint == Array("A".utf8))
    }
}

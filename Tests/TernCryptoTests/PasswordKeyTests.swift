// Keys from passphrases: what the reference implementation of Argon2 computes, and costs that are refused.

import TernCrypto
import Testing

@Suite struct PasswordKeyTests {
    let salt = Array("saltsaltsaltsalt".utf8)

    /// `printf 'correct horse battery staple' | argon2 saltsaltsaltsalt -id -t PASSES -k KIB -p 1 -l 32 -r`, with Debian's
    /// argon2 0~20171227, the reference implementation.
    @Test(arguments: [
        (1, 64, "4d4842a15e981fcb61b59a50a91a7426f410e5962088b0342d80292831baaad3"),
        (3, 256, "baefa69847265ba687df809464b98b73fac860c808b0dbc836be956697cd5e8c"),
        (2, 65_536, "1730d0c8e341f9c0fb78da9d0094735a3eeb8ae26d2552463327fe594c148f4b"),
    ])
    func asTheReferenceComputes(_ passes: UInt32, _ kibibytes: UInt32, _ expected: String) throws {
        let key = try PasswordKey.derive(
            from: Array("correct horse battery staple".utf8).span, salt: salt.span,
            cost: PasswordKey.Cost(passes: passes, kibibytes: kibibytes))
        #expect((0..<32).map { key.span[$0] } == [UInt8](hexadecimal: expected))
    }

    @Test func whatIsRefused() {
        func derive(_ salt: [UInt8], _ passes: UInt32, _ kibibytes: UInt32) throws(CryptoError) {
            _ = try PasswordKey.derive(
                from: salt.span, salt: salt.span, cost: PasswordKey.Cost(passes: passes, kibibytes: kibibytes))
        }
        #expect(throws: CryptoError.wrongLength(8)) { try derive(Array(salt[..<8]), 1, 8) }
        #expect(throws: CryptoError.limitExceeded) { try derive(salt, 0, 8) }
        #expect(throws: CryptoError.limitExceeded) { try derive(salt, 1, 7) }
        #expect(throws: CryptoError.limitExceeded) { try derive(salt, 1, 0) }
    }
}

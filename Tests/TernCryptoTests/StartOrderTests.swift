// Proves the order in which libotr and libgcrypt start, each case in a process of its own.

internal import CGcrypt
internal import COTR
internal import Glibc
import TernCrypto
import Testing

@Suite struct StartOrderTests {
    @Test func libotrWorksAfterTheStart() async {
        await #expect(processExitsWith: .success) {
            try Libgcrypt.start()
            let secret = try Secret<32>(copying: [UInt8](repeating: 1, count: 32))
            let before = HMACSHA256.code(key: secret.span, Span())
            useLibotr()
            let after = HMACSHA256.code(key: secret.span, Span())
            let isSame = before.equals(after)
            #expect(isSame)
            try Libgcrypt.start()
        }
    }

    /// Whatever this module does first, libotr starts with it: a handle outlives libotr's own, later use.
    @Test func operationsStartLibotr() async {
        await #expect(processExitsWith: .success) {
            let zeros = [UInt8](repeating: 0, count: 16)
            let ciphertext = try AESCBC.encrypt(zeros.span, key: zeros.span, iv: zeros.span)
            useLibotr()
            let plaintext = try AESCBC.decrypt(ciphertext.span, key: zeros.span, iv: zeros.span)
            #expect(plaintext == zeros)
        }
    }

    @Test func otherUseOfLibgcryptIsFound() async {
        await #expect(processExitsWith: .success) {
            useLibgcrypt()
            #expect(throws: CryptoError.libgcryptInUse) { try Libgcrypt.start() }
            #expect(throws: CryptoError.libgcryptInUse) { try Libgcrypt.start() }
        }
    }

    @Test func otherHandleIsFound() async {
        await #expect(processExitsWith: .success) {
            withHandle {
                #expect(throws: CryptoError.libgcryptInUse) { try Libgcrypt.start() }
            }
        }
    }

    @Test func operationThatCannotThrowStops() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            useLibgcrypt()
            _ = SHA256.digest(Span())
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("call Libgcrypt.start() first"))
    }

    /// The reason for the rule: libotr's `free` is given what libgcrypt's `malloc` gave.
    @Test func handleFromBeforeLibotrAborts() async {
        await #expect(processExitsWith: .signal(SIGABRT)) {
            withHandle { _ = tern_otrl_init() }
        }
    }
}

private func useLibgcrypt() {
    _ = unsafe gcry_check_version(nil)
}

/// Opens a handle without this module's knowledge, calls `body`, and closes it.
private func withHandle(_ body: () -> Void) {
    useLibgcrypt()
    var handle: gcry_cipher_hd_t?
    unsafe gcry_cipher_open(&handle, Int32(GCRY_CIPHER_AES256.rawValue), Int32(GCRY_CIPHER_MODE_CBC.rawValue), 0)
    body()
    unsafe gcry_cipher_close(handle)
}

private func useLibotr() {
    let state = unsafe otrl_userstate_create()
    var pair = unsafe DH_keypair()
    let failure = unsafe otrl_dh_gen_keypair(UInt32(DH1536_GROUP_ID), &pair)
    #expect(failure == 0)
    unsafe otrl_dh_keypair_free(&pair)
    unsafe otrl_userstate_free(state)
}

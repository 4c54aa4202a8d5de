// Proves, by reading the whole process, that no operation leaves its secrets behind.
// Each test runs in a process of its own: the memory of a test that runs beside it is not its concern.

import Testing

@Suite struct WipingTests {
    @Test func secretsThatMove() async {
        await #expect(processExitsWith: .success) { WipingCases.moves() }
    }
    @Test func secretThatFailsToFill() async {
        await #expect(processExitsWith: .success) { WipingCases.failingFill() }
    }
    @Test func keyGeneration() async {
        await #expect(processExitsWith: .success) { WipingCases.keyGeneration() }
    }
    @Test func publicKey() async {
        await #expect(processExitsWith: .success) { WipingCases.publicKey() }
    }
    @Test func sharedSecret() async {
        await #expect(processExitsWith: .success) { WipingCases.sharedSecret() }
    }
    @Test func ed25519Key() async {
        await #expect(processExitsWith: .success) { WipingCases.ed25519Key() }
    }
    @Test func ed25519Signature() async {
        await #expect(processExitsWith: .success) { WipingCases.ed25519Signature() }
    }
    @Test func ed25519KeyForX25519() async {
        await #expect(processExitsWith: .success) { WipingCases.ed25519KeyForX25519() }
    }
    @Test func xeddsaSignature() async {
        await #expect(processExitsWith: .success) { WipingCases.xeddsaSignature() }
    }
    @Test func hmac() async {
        await #expect(processExitsWith: .success) { WipingCases.hmac() }
    }
    @Test func hmacVerification() async {
        await #expect(processExitsWith: .success) { WipingCases.hmacVerification() }
    }
    @Test func hmacWrittenAndBurnt() async {
        await #expect(processExitsWith: .success) { WipingCases.hmacWrittenAndBurnt() }
    }
    @Test func hkdf() async {
        await #expect(processExitsWith: .success) { WipingCases.hkdf() }
    }
    @Test func hkdfWrittenAndBurnt() async {
        await #expect(processExitsWith: .success) { WipingCases.hkdfWrittenAndBurnt() }
    }
    @Test func cbcEncryption() async {
        await #expect(processExitsWith: .success) { WipingCases.cbcEncryption() }
    }
    @Test func cbcDecryption() async {
        await #expect(processExitsWith: .success) { WipingCases.cbcDecryption() }
    }
    @Test func cbcInPlaceAndBurnt() async {
        await #expect(processExitsWith: .success) { WipingCases.cbcInPlaceAndBurnt() }
    }
    @Test func cbcWrongPadding() async {
        await #expect(processExitsWith: .success) { WipingCases.cbcWrongPadding() }
    }
    @Test func gcmOneShot() async {
        await #expect(processExitsWith: .success) { WipingCases.gcmOneShot() }
    }
    @Test func gcmUnauthentic() async {
        await #expect(processExitsWith: .success) { WipingCases.gcmUnauthentic() }
    }
    @Test func gcmFirstReading() async {
        await #expect(processExitsWith: .success) { WipingCases.gcmFirstReading() }
    }
    @Test func gcmStreaming() async {
        await #expect(processExitsWith: .success) { WipingCases.gcmStreaming() }
    }
}

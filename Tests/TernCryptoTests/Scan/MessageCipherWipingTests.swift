// Proves, by reading the whole process, that a message's hot path leaves neither keys nor chain behind.

import TernCrypto
import Testing

@Suite struct MessageCipherWipingTests {
    /// Associated data that fits the cipher's own memory, that needs more of the stack, and that needs the heap.
    @Test func shortData() async {
        await #expect(processExitsWith: .success) { leavesNothing(dataLength: 50) }
    }
    @Test func longData() async {
        await #expect(processExitsWith: .success) { leavesNothing(dataLength: 800) }
    }
    @Test func hugeData() async {
        await #expect(processExitsWith: .success) { leavesNothing(dataLength: 5000) }
    }
}

private func leavesNothing(dataLength: Int) {
    Suspect.run { suspect in
        let chain = Recipe()
        let text = Recipe()
        let data = [UInt8](repeating: 3, count: dataLength)
        let info = InfoString("OMEMO Message Key Material")
        let needles = derivedNeedles(suspect, chain, info)
        suspect.clean()
        suspect.buried { sendAndReceive(chain, text, data, info) }
        let residues = suspect.residues(of: needles)
        for (index, residue) in residues.enumerated() where !residue.isEmpty {
            Issue.record("needle \(index): \(residue)")
        }
    }
}

/// All keys of the message, as bytes, as words of a hash's state, and padded for HMAC.
private func derivedNeedles(_ suspect: Suspect, _ chain: Recipe, _ info: InfoString) -> [Needle] {
    let key: Secret<32> = chain.secret()
    let (one, two): ([UInt8], [UInt8]) = ([1], [2])
    let message = HMACSHA256.code(key: key.span, one.span)
    let next = HMACSHA256.code(key: key.span, two.span)
    let extracted = HMACSHA256.code(key: Span(), message.span)
    let keys = Secret<80> { output in
        HKDFSHA256.write(from: message.span, salt: Span(), info: info.span, into: &output)
    }
    let plain = [
        chain.needle(), suspect.needle(for: message.span), suspect.needle(for: next.span),
        suspect.needle(for: extracted.span), suspect.needle(for: keys.span),
    ]
    let padded = plain.map { $0.exclusiveOr(0x36) } + plain.map { $0.exclusiveOr(0x5c) }
    return plain + padded + (plain + padded).map { $0.reversedWords(of: 4) }
}

@inline(never)
private func sendAndReceive(_ chain: Recipe, _ text: Recipe, _ data: [UInt8], _ info: InfoString) {
    var key: Secret<32> = chain.secret()
    let plaintext: Secret<40> = text.secret()
    var chainKey = key.mutableSpan
    do {
        try MessageCipher.with { cipher throws(CryptoError) in
            cipher.step(&chainKey)
            cipher.expand(info: info)
            let sent = copy(try cipher.encrypt(plaintext.span))
            _ = cipher.authenticate(data.span, sent.span, Span())
            _ = try cipher.decrypt(sent.span)
        }
    } catch {
        Issue.record("the operation itself failed: \(error)")
    }
}

private func copy(_ bytes: Span<UInt8>) -> [UInt8] {
    bytes.indices.map { bytes[$0] }
}

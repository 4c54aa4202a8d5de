// Owns the one-time key of a message, and what a suite makes of it: what it encrypts, it encrypts once.

internal import TernCrypto

/// MK of the Double Ratchet (§2.2), on its own only where a message is compared with a recorded one.
package struct MessageKey: ~Copyable {
    private let bytes: Secret<32>

    init(_ bytes: consuming Secret<32>) {
        self.bytes = bytes
    }

    /// The 32 bytes.
    package var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span }
    }
}

extension MessageCipher {
    /// ENCRYPT(mk, plaintext, AD ‖ header) with the message key that was taken: encrypts, frames, and writes the tag.
    @_lifetime(self: copy self)
    mutating func seal<Frame: MessageFrame>(
        _ plaintext: Span<UInt8>, header: MessageHeader, parties: Parties, suite: Suite, as frame: Frame.Type
    ) throws(RatchetError) -> [UInt8] {
        let info = suite.messageInfo
        expand(info: info.span)
        let length = AESCBC.ciphertextLength(of: plaintext.count)
        let capacity = Frame.capacity(ciphertextLength: length, tagLength: suite.tagLength)
        var message = [UInt8](repeating: 0, count: capacity)
        var output = message.mutableSpan
        let framed = try Memory.withScratch(length) { ciphertext throws(RatchetError) in
            do throws(CryptoError) {
                try encrypt(plaintext, into: &ciphertext)
            } catch {
                throw RatchetError(error)
            }
            return Frame.write(header, ciphertext: ciphertext.span, tagLength: suite.tagLength, into: &output)
        }
        let (first, second) = parties.associatedData(sending: true, suite: suite)
        let code = authenticate(first.span, second.span, output.span.extracting(framed.authenticated))
        for index in 0..<suite.tagLength { output[framed.tag.lowerBound + index] = code[index] }
        message.removeLast(capacity - framed.count)
        return message
    }

    /// DECRYPT(mk, ciphertext, AD ‖ header) with the message key that was taken. There is no plaintext before the tag
    /// has fitted, and one error for a wrong tag and a wrong padding.
    /// - Throws: ``RatchetError/unauthentic``.
    @_lifetime(self: copy self)
    mutating func open(
        _ ciphertext: Span<UInt8>, authenticated: Span<UInt8>, tag: Span<UInt8>, parties: Parties, suite: Suite
    ) throws(RatchetError) -> SecretBuffer {
        let info = suite.messageInfo
        expand(info: info.span)
        let (first, second) = parties.associatedData(sending: false, suite: suite)
        let code = authenticate(first.span, second.span, authenticated)
        guard Memory.equal(code.extracting(first: suite.tagLength), tag) else { throw .unauthentic }
        do {
            return try decrypt(ciphertext)
        } catch {
            throw RatchetError(error)
        }
    }
}

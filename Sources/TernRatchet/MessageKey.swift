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
    /// - Returns: The message, until the cipher is used again.
    @_lifetime(&self)
    mutating func seal<Frame: MessageFrame>(
        _ plaintext: Span<UInt8>, header: MessageHeader, parties: borrowing Parties, suite: Suite, as frame: Frame.Type
    ) throws(RatchetError) -> Span<UInt8> {
        expand(info: suite.messageInfo)
        do throws(CryptoError) {
            let framed = try self.frame(plaintext) { ciphertext, output in
                Frame.write(header, ciphertext: ciphertext, tagLength: suite.tagLength, into: &output)
            }
            precondition(
                framed.tag.count == suite.tagLength && framed.tag.upperBound <= framed.count,
                "a frame has room for its suite's tag, and for no other")
            parties.tag(framed, suite: suite, with: &self)
            return framedBytes(framed.count)
        } catch {
            throw RatchetError(error)
        }
    }

    /// DECRYPT(mk, ciphertext, AD ‖ header) with the message key that was taken. There is no plaintext before the tag
    /// has fitted, and one error for a wrong tag and a wrong padding.
    /// - Parameter withChainKey: Whether the next chain key is to go behind the text.
    /// - Throws: ``RatchetError/unauthentic``.
    @_lifetime(self: copy self)
    mutating func open(
        _ ciphertext: Span<UInt8>, authenticated: Span<UInt8>, tag: Span<UInt8>, parties: borrowing Parties,
        suite: Suite, withChainKey: Bool
    ) throws(RatchetError) -> SecretBytes {
        expand(info: suite.messageInfo)
        guard parties.vouch(for: authenticated, tag: tag, suite: suite, with: &self) else { throw .unauthentic }
        do {
            return try decrypt(ciphertext, withChainKey: withChainKey)
        } catch {
            throw RatchetError(error)
        }
    }
}

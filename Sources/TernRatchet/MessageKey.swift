// Owns the one-time key of a message: what it encrypts, it encrypts once.

package import TernCrypto

/// MK of the Double Ratchet (§2.4), and AEAD encryption with it as XEP-0384 and libsignal do it: AES-256-CBC, then
/// HMAC-SHA-256 over the associated data and the message as sent.
public struct MessageKey: ~Copyable {
    private let bytes: Secret<32>

    /// A key that was derived, kept or recorded.
    package init(_ bytes: consuming Secret<32>) {
        self.bytes = bytes
    }

    /// The 32 bytes.
    package var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span }
    }

    /// Encrypts `plaintext` and frames it, using the key up.
    /// - Throws: ``RatchetError/malformed`` for a text longer than ``Limits/plaintextLength``.
    consuming func seal<Frame: MessageFrame>(
        _ plaintext: Span<UInt8>, header: MessageHeader, parties: Parties, suite: Suite, frame: Frame.Type
    ) throws(RatchetError) -> [UInt8] {
        guard plaintext.count <= Limits.plaintextLength else { throw .malformed }
        let length = AESCBC.ciphertextLength(of: plaintext.count)
        let capacity = Frame.capacity(ciphertextLength: length, tagLength: suite.tagLength)
        var message = [UInt8](repeating: 0, count: capacity)
        var output = message.mutableSpan
        let count = try Memory.withScratch(Expanded.length) { keys throws(RatchetError) in
            Expanded.derive(from: bytes.span, suite: suite, into: &keys)
            let framed = try Memory.withScratch(length) { ciphertext throws(RatchetError) in
                do throws(CryptoError) {
                    try AESCBC.write(
                        encrypted: plaintext, key: keys.span.extracting(Expanded.cipherKey),
                        iv: keys.span.extracting(Expanded.iv), into: &ciphertext)
                } catch {
                    throw RatchetError(error)
                }
                return Frame.write(header, ciphertext: ciphertext.span, tagLength: suite.tagLength, into: &output)
            }
            Memory.withScratch(SHA256.digestLength) { code in
                MessageKey.authenticate(
                    output.span.extracting(framed.authenticated), key: keys.span.extracting(Expanded.codeKey),
                    sending: true, parties: parties, suite: suite, into: &code)
                for index in 0..<suite.tagLength { output[framed.tag.lowerBound + index] = code[index] }
            }
            return framed.count
        }
        message.removeLast(capacity - count)
        return message
    }

    /// Checks `tag` over `authenticated` and decrypts. There is no plaintext before the tag has fitted, and one error
    /// for a wrong tag and a wrong padding.
    /// - Throws: ``RatchetError/unauthentic``, ``RatchetError/malformed`` for lengths that no message has.
    func open(
        _ ciphertext: Span<UInt8>, authenticated: Span<UInt8>, tag: Span<UInt8>, parties: Parties, suite: Suite
    ) throws(RatchetError) -> SecretBuffer {
        let longest = AESCBC.ciphertextLength(of: Limits.plaintextLength)
        guard tag.count == suite.tagLength, ciphertext.count > 0, ciphertext.count <= longest,
            ciphertext.count % AESCBC.blockLength == 0
        else { throw .malformed }
        return try Memory.withScratch(Expanded.length) { keys throws(RatchetError) in
            Expanded.derive(from: bytes.span, suite: suite, into: &keys)
            let fits = Memory.withScratch(SHA256.digestLength) { code in
                MessageKey.authenticate(
                    authenticated, key: keys.span.extracting(Expanded.codeKey), sending: false, parties: parties,
                    suite: suite, into: &code)
                return Memory.equal(code.span.extracting(first: suite.tagLength), tag)
            }
            guard fits else { throw .unauthentic }
            var plaintext = SecretBuffer(copying: ciphertext)
            do throws(CryptoError) {
                var text = plaintext.mutableSpan
                let count = try AESCBC.decrypt(
                    inPlace: &text, key: keys.span.extracting(Expanded.cipherKey),
                    iv: keys.span.extracting(Expanded.iv))
                plaintext.truncate(to: count)
            } catch {
                throw RatchetError(error)
            }
            return plaintext
        }
    }

    /// Writes the whole code of `associated data ‖ message`.
    @_lifetime(code: copy code)
    private static func authenticate(
        _ message: Span<UInt8>, key: Span<UInt8>, sending: Bool, parties: Parties, suite: Suite,
        into code: inout MutableSpan<UInt8>
    ) {
        Memory.withScratch(parties.associatedDataLength) { data in
            parties.writeAssociatedData(sending: sending, suite: suite, into: &data)
            HMACSHA256.write(key: key, data.span, message, into: &code)
        }
    }
}

/// The three keys that a message key expands to.
private enum Expanded {
    static let cipherKey = 0..<32
    static let codeKey = 32..<64
    static let iv = 64..<80
    static let length = 80

    /// HKDF with a salt of zeros.
    @_lifetime(keys: copy keys)
    static func derive(from messageKey: Span<UInt8>, suite: Suite, into keys: inout MutableSpan<UInt8>) {
        let info = suite.messageInfo
        HKDFSHA256.write(from: messageKey, salt: Span(), info: info.span, into: &keys)
    }
}

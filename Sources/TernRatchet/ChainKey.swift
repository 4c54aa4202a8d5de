// Owns a chain: one key that gives message keys and its own successor, and forgets itself in doing so.

internal import TernCrypto

/// CK of the Double Ratchet (§2.2). The number of the next message belongs to it.
struct ChainKey: ~Copyable {
    private var bytes: Secret<32>

    /// A key that was derived or stored.
    init(_ bytes: consuming Secret<32>) {
        self.bytes = bytes
    }

    /// The 32 bytes, for storage.
    var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span }
    }

    /// A second value of the same key, to plan with.
    func duplicate() -> ChainKey {
        ChainKey(bytes.duplicate())
    }

    /// Writes MK = HMAC(CK, 1) and becomes HMAC(CK, 2). The old key is gone. The caller burns the stack.
    @_lifetime(messageKey: copy messageKey)
    mutating func step(into messageKey: inout MutableSpan<UInt8>) {
        var key = bytes.mutableSpan
        HMACSHA256.step(key: &key, into: &messageKey)
    }

    /// Gives the message key to `cipher` and becomes the next chain key.
    @_lifetime(cipher: copy cipher)
    mutating func step(_ cipher: inout MessageCipher) {
        var key = bytes.mutableSpan
        cipher.step(&key)
    }

    /// Gives the message key to `cipher`, where the next chain key waits too.
    @_lifetime(cipher: copy cipher)
    func stepAside(_ cipher: inout MessageCipher) {
        cipher.stepAside(bytes.span)
    }

    /// Becomes the chain key that `text` carries, which has it no more.
    mutating func replace(from text: inout SecretBytes) {
        var key = bytes.mutableSpan
        text.giveRest(to: &key)
    }

    /// Becomes HMAC(CK, 2) without giving the message key. The caller burns the stack.
    mutating func skip() {
        var key = bytes.mutableSpan
        HMACSHA256.skip(key: &key)
    }
}

// Owns the hot path of every message: from a chain key or a message key to a ciphertext and its tag, in one piece of
// stack memory that is wiped once. It must not know protocols: info strings and associated data are given.

internal import CGcrypt

/// AEAD encryption of a message as XEP-0384 §protocol-double_ratchet and libsignal do it: a message key is expanded by
/// HKDF-SHA-256 to the keys of AES-256-CBC and HMAC-SHA-256; the tag covers associated data and the message as framed.
///
/// A value is lent by ``with(_:)`` and used in order: a message key goes in and is expanded, then it encrypts and
/// authenticates, or checks and decrypts.
@safe @frozen @usableFromInline
package struct MessageCipher: ~Copyable, ~Escapable {
    @usableFromInline let base: UnsafeMutablePointer<UInt8>

    // Places in the memory. Its length stays below 1 KiB, beyond which temporary memory comes from the heap.
    private static let message = 64
    private static let room = 352
    private static let outer = message + room
    private static let keys = outer + 96
    private static let messageKey = keys + 80
    private static let tag = messageKey + 32
    private static let frame = tag + 32
    @usableFromInline static let length = frame + frameLength

    @inlinable
    @_lifetime(immortal)
    init(_ base: UnsafeMutablePointer<UInt8>) {
        unsafe self.base = base
    }

    /// Lends a cipher to `body`, and leaves nothing of it behind.
    @inlinable
    package static func with<Result: ~Copyable, Failure: Error>(
        _ body: (inout MessageCipher) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        Libgcrypt.require()
        defer { Memory.burnStack() }
        return try unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) {
            (memory) throws(Failure) -> Result in
            guard let base = memory.baseAddress else { preconditionFailure("there is no stack") }
            defer { unsafe Memory.wipe(base, length) }
            var cipher = unsafe MessageCipher(base)
            return try body(&cipher)
        }
    }

    /// Takes the next message key from a chain: MK = HMAC(CK, 1), CK = HMAC(CK, 2).
    @_lifetime(self: copy self)
    @_lifetime(chainKey: copy chainKey)
    package mutating func step(_ chainKey: inout MutableSpan<UInt8>) {
        precondition(chainKey.count == 32, "a chain key has 32 bytes")
        unsafe chainKey.withPointer { chainKey in
            let padded = unsafe padded(chainKey, 32)
            unsafe padded.message.pointee = 1
            unsafe padded.code(of: 1, into: base + MessageCipher.messageKey)
            unsafe padded.message.pointee = 2
            unsafe padded.code(of: 1, into: chainKey)
        }
    }

    /// Takes a message key that was kept.
    @_lifetime(self: copy self)
    package mutating func load(_ key: Span<UInt8>) {
        precondition(key.count == 32, "a message key has 32 bytes")
        unsafe key.withPointer { unsafe (base + MessageCipher.messageKey).update(from: $0, count: 32) }
    }

    /// Expands the message key: HKDF with a salt of zeros, to 80 bytes.
    @_lifetime(self: copy self)
    package mutating func expand(info: InfoString) {
        let info = info.span
        let infoLength = info.count
        let keys = unsafe base + MessageCipher.keys
        let extract = unsafe padded(keys, 0)
        unsafe extract.message.update(from: base + MessageCipher.messageKey, count: 32)
        unsafe extract.code(of: 32, into: keys)
        let expand = unsafe padded(keys, 32)
        unsafe info.withPointer { info in
            unsafe expand.message.update(from: info, count: infoLength)
            unsafe expand.message[infoLength] = 1
            unsafe expand.code(of: infoLength + 1, into: keys)
            unsafe (expand.message + 32).update(from: info, count: infoLength)
        }
        unsafe expand.message.update(from: keys, count: 32)
        unsafe expand.message[32 + infoLength] = 2
        unsafe expand.code(of: 33 + infoLength, into: keys + 32)
        unsafe expand.message.update(from: keys + 32, count: 32)
        unsafe expand.message[32 + infoLength] = 3
        unsafe expand.code(of: 33 + infoLength, into: expand.message)
        unsafe (keys + 64).update(from: expand.message, count: 16)
    }

    /// The longest text that ``encrypt(_:)`` takes.
    package static let maximumLength = 192

    /// Bytes for a message around the longest ciphertext.
    package static let frameLength = 288

    /// Memory for the message as it is sent.
    @_lifetime(borrow self)
    package func frame() -> MutableSpan<UInt8> {
        let bytes = unsafe MutableSpan(_unsafeStart: base + MessageCipher.frame, count: MessageCipher.frameLength)
        return unsafe _overrideLifetime(bytes, borrowing: self)
    }

    /// Encrypts at most ``maximumLength`` bytes.
    /// - Returns: The ciphertext, until the cipher is used again.
    /// - Throws: ``CryptoError/wrongLength(_:)``, ``CryptoError/backend(code:)``.
    @_lifetime(borrow self)
    package func encrypt(_ plaintext: Span<UInt8>) throws(CryptoError) -> Span<UInt8> {
        guard plaintext.count <= MessageCipher.maximumLength else { throw .wrongLength(plaintext.count) }
        let count = AESCBC.ciphertextLength(of: plaintext.count)
        var ciphertext = unsafe MutableSpan(_unsafeStart: base + MessageCipher.message, count: count)
        try AESCBC.write(
            encrypted: plaintext, key: bytes(MessageCipher.keys, 32), iv: bytes(MessageCipher.keys + 64, 16),
            into: &ciphertext)
        return bytes(MessageCipher.message, count)
    }

    /// Decrypts what ``check(_:of:_:_:)`` has vouched for.
    /// - Throws: ``CryptoError/malformedCiphertext``.
    package func decrypt(_ ciphertext: Span<UInt8>) throws(CryptoError) -> SecretBytes {
        var plaintext = SecretBytes(copying: ciphertext)
        var text = plaintext.mutableSpan
        let count = try AESCBC.decrypt(
            inPlace: &text, key: bytes(MessageCipher.keys, 32), iv: bytes(MessageCipher.keys + 64, 16))
        plaintext.truncate(to: count)
        return plaintext
    }

    /// Computes the code of `first ‖ second ‖ message`.
    /// - Returns: All 32 bytes, of which a protocol sends some.
    @_lifetime(borrow self)
    package func authenticate(
        _ first: Span<UInt8>, _ second: Span<UInt8>, _ message: Span<UInt8>
    ) -> Span<UInt8> {
        let total = first.count + second.count + message.count
        let key = unsafe base + MessageCipher.keys + 32
        let code = unsafe base + MessageCipher.tag
        if total <= MessageCipher.room {
            let padded = unsafe padded(key, 32)
            unsafe MessageCipher.gather(first, second, message, into: padded.message)
            unsafe padded.code(of: total, into: code)
        } else {
            unsafe PaddedKey.with(key, 32, capacity: total) { padded in
                unsafe MessageCipher.gather(first, second, message, into: padded.message)
                unsafe padded.code(of: total, into: code)
            }
        }
        return bytes(MessageCipher.tag, 32)
    }

    @inline(__always)
    private static func gather(
        _ first: Span<UInt8>, _ second: Span<UInt8>, _ third: Span<UInt8>, into memory: UnsafeMutablePointer<UInt8>
    ) {
        let (firstLength, secondLength, thirdLength) = (first.count, second.count, third.count)
        unsafe first.withPointer { unsafe memory.update(from: $0, count: firstLength) }
        unsafe second.withPointer { unsafe (memory + firstLength).update(from: $0, count: secondLength) }
        unsafe third.withPointer { unsafe (memory + firstLength + secondLength).update(from: $0, count: thirdLength) }
    }

    /// The first bytes of what was written to ``frame()``.
    @_lifetime(borrow self)
    package func framedBytes(_ count: Int) -> Span<UInt8> {
        precondition(count <= MessageCipher.frameLength, "a frame has its bounds")
        return bytes(MessageCipher.frame, count)
    }

    /// The message key, for a comparison with a recorded one.
    @_lifetime(borrow self)
    package func messageKey() -> Span<UInt8> {
        bytes(MessageCipher.messageKey, 32)
    }

    @inline(__always)
    private func padded(_ key: UnsafePointer<UInt8>, _ keyLength: Int) -> PaddedKey {
        unsafe PaddedKey(inner: base, outer: base + MessageCipher.outer, key, keyLength)
    }

    @inline(__always)
    @_lifetime(borrow self)
    private func bytes(_ place: Int, _ count: Int) -> Span<UInt8> {
        let bytes = unsafe Span(_unsafeStart: UnsafePointer(base + place), count: count)
        return unsafe _overrideLifetime(bytes, borrowing: self)
    }
}

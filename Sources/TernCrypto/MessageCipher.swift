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
    private static let chainKey = messageKey + 32
    private static let tag = chainKey + 32
    private static let frame = tag + 32
    @usableFromInline static let length = frame + frameLength
    /// What lies behind is a message as it is sent: nothing to wipe.
    @usableFromInline static let secretLength = frame

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
        return try unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) {
            (memory) throws(Failure) -> Result in
            guard let base = memory.baseAddress else { preconditionFailure("there is no stack") }
            // In this order and place: the dead stack begins below this memory.
            defer {
                Memory.burnMessageStack()
                unsafe Memory.wipe(base, secretLength)
            }
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

    /// As ``step(_:)`` on the side: the chain key stays, and the next one waits for ``decrypt(_:withChainKey:)``.
    @_lifetime(self: copy self)
    package mutating func stepAside(_ chainKey: Span<UInt8>) {
        precondition(chainKey.count == 32, "a chain key has 32 bytes")
        unsafe chainKey.withPointer { chainKey in
            let padded = unsafe padded(chainKey, 32)
            unsafe padded.message.pointee = 1
            unsafe padded.code(of: 1, into: base + MessageCipher.messageKey)
            unsafe padded.message.pointee = 2
            unsafe padded.code(of: 1, into: base + MessageCipher.chainKey)
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

    /// The longest text that ``encrypt(_:)`` and ``frame(_:_:)`` take.
    package static let maximumLength = 192

    /// Bytes for a message around the longest ciphertext.
    package static let frameLength = 288

    /// Encrypts at most ``maximumLength`` bytes, and lends the ciphertext and ``frameLength`` bytes for the message as it
    /// is sent.
    /// - Throws: ``CryptoError/wrongLength(_:)``, ``CryptoError/backend(code:)``.
    @_lifetime(self: copy self)
    package mutating func frame<Result>(
        _ plaintext: Span<UInt8>, _ write: (_ ciphertext: Span<UInt8>, _ output: inout MutableSpan<UInt8>) -> Result
    ) throws(CryptoError) -> Result {
        var output = unsafe MutableSpan(_unsafeStart: base + MessageCipher.frame, count: MessageCipher.frameLength)
        return write(try encrypt(plaintext), &output)
    }

    /// Encrypts at most ``maximumLength`` bytes.
    /// - Returns: The ciphertext, until the cipher is used again.
    /// - Throws: ``CryptoError/wrongLength(_:)``, ``CryptoError/backend(code:)``.
    @_lifetime(&self)
    package mutating func encrypt(_ plaintext: Span<UInt8>) throws(CryptoError) -> Span<UInt8> {
        guard plaintext.count <= MessageCipher.maximumLength else { throw .wrongLength(plaintext.count) }
        let count = AESCBC.ciphertextLength(of: plaintext.count)
        var ciphertext = unsafe MutableSpan(_unsafeStart: base + MessageCipher.message, count: count)
        try AESCBC.write(
            encrypted: plaintext, key: bytes(MessageCipher.keys, 32), iv: bytes(MessageCipher.keys + 64, 16),
            into: &ciphertext)
        return bytes(MessageCipher.message, count)
    }

    /// Decrypts what a tag has vouched for. The chain key of ``stepAside(_:)`` goes behind the text, from where
    /// ``SecretBytes/giveRest(to:)`` gives it: one allocation for both.
    /// - Throws: ``CryptoError/malformedCiphertext``.
    package func decrypt(
        _ ciphertext: Span<UInt8>, withChainKey: Bool = false
    ) throws(CryptoError) -> SecretBytes {
        var plaintext = SecretBytes(unwritten: ciphertext.count, rest: withChainKey ? 32 : 0)
        var text = plaintext.mutableSpan
        let count = try AESCBC.decrypt(
            ciphertext, key: bytes(MessageCipher.keys, 32), iv: bytes(MessageCipher.keys + 64, 16), into: &text)
        plaintext.shorten(to: count)
        if withChainKey { plaintext.writeRest(bytes(MessageCipher.chainKey, 32)) }
        return plaintext
    }

    /// Computes the code of `first ‖ second ‖ message`.
    /// - Returns: All 32 bytes, of which a protocol sends some, until the cipher is used again.
    @_lifetime(&self)
    package mutating func authenticate(
        _ first: Span<UInt8>, _ second: Span<UInt8>, _ message: Span<UInt8>
    ) -> Span<UInt8> {
        writeCode(first, second, message)
        return bytes(MessageCipher.tag, 32)
    }

    /// Writes the first bytes of the code of `first ‖ second ‖ covered` to `place`, both of them parts of the frame.
    @_lifetime(self: copy self)
    package mutating func tag(_ first: Span<UInt8>, _ second: Span<UInt8>, _ covered: Range<Int>, at place: Range<Int>)
    {
        precondition(
            covered.lowerBound >= 0 && covered.upperBound <= MessageCipher.frameLength && place.lowerBound >= 0
                && place.upperBound <= MessageCipher.frameLength && place.count <= 32, "a frame has its bounds")
        writeCode(first, second, bytes(MessageCipher.frame + covered.lowerBound, covered.count))
        unsafe (base + MessageCipher.frame + place.lowerBound).update(
            from: base + MessageCipher.tag, count: place.count)
    }

    private func writeCode(_ first: Span<UInt8>, _ second: Span<UInt8>, _ message: Span<UInt8>) {
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
            Memory.burnStack()
        }
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

    /// The first bytes of what ``frame(_:_:)`` had written.
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

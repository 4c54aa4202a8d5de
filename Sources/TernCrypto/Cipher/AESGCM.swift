// Owns AES-GCM, whole and streaming, so that no plaintext byte is released before its tag has been checked.
// It must not know where the text lies.

/// AES in Galois/counter mode (NIST SP 800-38D) with 16-byte tags, keys of 16, 24 or 32 bytes and nonces of any length but 0.
public enum AESGCM {
    /// Bytes in a tag.
    public static let tagLength = 16
    /// The longest text under one nonce: 2^36 - 32 bytes.
    public static let maximumLength: UInt64 = (1 << 36) - 32

    /// A ciphertext of the plaintext's length, and its tag.
    public struct Sealed: Sendable, Equatable {
        /// The ciphertext.
        public let ciphertext: [UInt8]
        /// What vouches for the ciphertext, the nonce and the associated data.
        public let tag: FixedBytes<16>
    }

    /// Encrypts a whole text.
    /// - Throws: ``CryptoError/wrongLength(_:)`` for a key of another length or an empty nonce.
    public static func seal(
        _ plaintext: Span<UInt8>, key: Span<UInt8>, nonce: Span<UInt8>, authenticating data: Span<UInt8> = Span()
    ) throws(CryptoError) -> Sealed {
        defer { Memory.burnStack() }
        let handle = try handle(key: key, nonce: nonce, data: data)
        defer { handle.wipe(keyLength: key.count) }
        var text = [UInt8](repeating: 0, count: plaintext.count)
        var output = text.mutableSpan
        for index in plaintext.indices { output[index] = plaintext[index] }
        try handle.encrypt(inPlace: &output)
        return Sealed(ciphertext: text, tag: try handle.tag())
    }

    /// Decrypts a whole text.
    /// - Returns: The plaintext, which the caller wipes where it is secret.
    /// - Throws: ``CryptoError/unauthentic`` when the tag does not fit, ``CryptoError/wrongLength(_:)`` for a key of
    ///   another length, an empty nonce or a tag that has not 16 bytes.
    public static func open(
        _ ciphertext: Span<UInt8>, tag: Span<UInt8>, key: Span<UInt8>, nonce: Span<UInt8>,
        authenticating data: Span<UInt8> = Span()
    ) throws(CryptoError) -> [UInt8] {
        guard tag.count == tagLength else { throw .wrongLength(tag.count) }
        defer { Memory.burnStack() }
        let handle = try handle(key: key, nonce: nonce, data: data)
        defer { handle.wipe(keyLength: key.count) }
        var text = [UInt8](repeating: 0, count: ciphertext.count)
        var output = text.mutableSpan
        for index in ciphertext.indices { output[index] = ciphertext[index] }
        try handle.decrypt(inPlace: &output)
        let expected = try handle.tag()
        guard Memory.equal(expected.span, tag) else {
            Memory.wipe(&output)
            throw .unauthentic
        }
        return text
    }

    private static func handle(
        key: Span<UInt8>, nonce: Span<UInt8>, data: Span<UInt8>
    ) throws(CryptoError) -> CipherHandle {
        guard nonce.count > 0 else { throw .wrongLength(0) }
        guard let kind = CipherKind.gcm(keyLength: key.count) else { throw .wrongLength(key.count) }
        let handle = try CipherHandle(ofThread: kind)
        do {
            try handle.begin(key: key, nonce: nonce, data: data)
        } catch {
            handle.wipe(keyLength: key.count)
            throw error
        }
        return handle
    }
}

extension AESGCM {
    /// Encrypts a text that arrives in pieces of any length.
    public struct Sealing: ~Copyable {
        private let handle: CipherHandle
        private var length: UInt64 = 0

        /// - Throws: ``CryptoError/wrongLength(_:)`` for a key of another length or an empty nonce.
        public init(
            key: Span<UInt8>, nonce: Span<UInt8>, authenticating data: Span<UInt8> = Span()
        ) throws(CryptoError) {
            handle = try AESGCM.ownHandle(key: key, nonce: nonce, data: data)
        }

        /// Encrypts the next piece where it stands.
        /// - Throws: ``CryptoError/limitExceeded`` beyond ``AESGCM/maximumLength``.
        @_lifetime(piece: copy piece)
        public mutating func encrypt(_ piece: inout MutableSpan<UInt8>) throws(CryptoError) {
            length = try AESGCM.length(length, adding: piece.count)
            try handle.encrypt(inPlace: &piece)
            Memory.burnStack()
        }

        /// Ends the text and gives its tag.
        public consuming func finish() throws(CryptoError) -> FixedBytes<16> {
            try handle.tag()
        }
    }

    /// Checks the tag of a ciphertext that arrives in pieces, and releases nothing: the first of two readings.
    ///
    /// A file too large for memory is read twice, first for its tag, then for its plaintext (``Decryption``).
    public struct Opening: ~Copyable {
        private let handle: CipherHandle
        private let nonce: [UInt8]
        private let data: [UInt8]
        private var length: UInt64 = 0

        /// - Throws: ``CryptoError/wrongLength(_:)`` for a key of another length or an empty nonce.
        public init(
            key: Span<UInt8>, nonce: Span<UInt8>, authenticating data: Span<UInt8> = Span()
        ) throws(CryptoError) {
            handle = try AESGCM.ownHandle(key: key, nonce: nonce, data: data)
            self.nonce = nonce.indices.map { nonce[$0] }
            self.data = data.indices.map { data[$0] }
        }

        /// Reads the next piece of the ciphertext.
        /// - Throws: ``CryptoError/limitExceeded`` beyond ``AESGCM/maximumLength``.
        public mutating func read(_ piece: Span<UInt8>) throws(CryptoError) {
            length = try AESGCM.length(length, adding: piece.count)
            // libgcrypt hashes a ciphertext only while it decrypts it: the plaintext goes here and nowhere
            var storage = InlineArray<4096, UInt8>(repeating: 0)
            var discarded = storage.mutableSpan
            defer { Memory.burnStack() }
            defer { Memory.wipe(&discarded) }
            var start = 0
            while start < piece.count {
                let end = min(piece.count, start + discarded.count)
                try handle.decrypt(piece.extracting(start..<end), into: &discarded)
                start = end
            }
        }

        /// Ends the first reading.
        /// - Throws: ``CryptoError/unauthentic`` when `tag` does not fit what was read, ``CryptoError/wrongLength(_:)``
        ///   when it has not 16 bytes.
        public consuming func authenticate(tag: Span<UInt8>) throws(CryptoError) -> Decryption {
            guard tag.count == tagLength else { throw .wrongLength(tag.count) }
            let expected = try handle.tag()
            guard Memory.equal(expected.span, tag) else { throw .unauthentic }
            try handle.restart(nonce: nonce.span, data: data.span)
            return Decryption(handle: handle, tag: expected, expectedLength: length)
        }
    }

    /// Decrypts, piece by piece, a ciphertext whose tag has been checked.
    public struct Decryption: ~Copyable {
        private let handle: CipherHandle
        private let tag: FixedBytes<16>
        private let expectedLength: UInt64
        private var length: UInt64 = 0

        fileprivate init(handle: consuming CipherHandle, tag: FixedBytes<16>, expectedLength: UInt64) {
            self.handle = handle
            self.tag = tag
            self.expectedLength = expectedLength
        }

        /// Decrypts the next piece where it stands.
        /// - Throws: ``CryptoError/changedBetweenReads`` when there is more than the first reading saw.
        @_lifetime(piece: copy piece)
        public mutating func decrypt(_ piece: inout MutableSpan<UInt8>) throws(CryptoError) {
            length += UInt64(piece.count)
            guard length <= expectedLength else { throw .changedBetweenReads }
            try handle.decrypt(inPlace: &piece)
            Memory.burnStack()
        }

        /// Ends the second reading.
        /// - Throws: ``CryptoError/changedBetweenReads`` when the pieces were not those of the first reading: what was
        ///   released has to be thrown away.
        public consuming func finish() throws(CryptoError) {
            let second = try handle.tag()
            guard length == expectedLength, Memory.equal(second.span, tag.span) else { throw .changedBetweenReads }
        }
    }

    fileprivate static func ownHandle(
        key: Span<UInt8>, nonce: Span<UInt8>, data: Span<UInt8>
    ) throws(CryptoError) -> CipherHandle {
        guard nonce.count > 0 else { throw .wrongLength(0) }
        guard let kind = CipherKind.gcm(keyLength: key.count) else { throw .wrongLength(key.count) }
        let handle = try CipherHandle(opening: kind)
        try handle.begin(key: key, nonce: nonce, data: data)
        Memory.burnStack()
        return handle
    }

    fileprivate static func length(_ length: UInt64, adding count: Int) throws(CryptoError) -> UInt64 {
        let sum = length + UInt64(count)
        guard sum <= maximumLength else { throw .limitExceeded }
        return sum
    }
}

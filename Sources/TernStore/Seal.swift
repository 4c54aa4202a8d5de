// Owns the keys of a sealed store, and all that is done with them. It must not know how they were opened.

internal import Synchronization
internal import TernCore
internal import TernCrypto

/// What seals rows and addresses: XChaCha20-Poly1305 under one key, HMAC-SHA-256 under another.
///
/// Sealed is what a row holds. Told by a sealed store: how many accounts, addresses and rows there are, their numbers and
/// their tables, and the length of each row up to the next multiple of 16.
final class Seal: Sendable {
    private let storeKey: Secret<32>
    private let rowKey: Secret<32>
    private let nameKey: Secret<32>
    private let nonces = Mutex(Nonces())

    /// Derives both keys.
    init(_ storeKey: consuming Secret<32>) throws(StoreError) {
        rowKey = try Self.derive(storeKey, "tern store rows")
        nameKey = try Self.derive(storeKey, "tern store names")
        self.storeKey = storeKey
    }

    /// Wraps the key by something else that is to open the store.
    func slot(for sealing: borrowing Sealing) throws(StoreError) -> KeySlot {
        try KeySlot(storeKey, by: sealing)
    }

    /// Seals a text for a place: a nonce, the ciphertext, its tag.
    func seal(
        _ text: Span<UInt8>, at place: Place, name: Span<UInt8> = Span(), blockLength: Int = rowBlock
    ) throws(StoreError) -> [UInt8] {
        let length = (text.count / blockLength + 1) * blockLength
        var padded = SecretBytes(count: length)
        var bytes = padded.mutableSpan
        for index in text.indices { bytes[index] = text[index] }
        bytes[text.count] = 0x80  // ISO/IEC 7816-4
        let nonce = nonces.withLock { $0.next() }
        let nonceLength = XChaCha20Poly1305.nonceLength
        var sealed = [UInt8](repeating: 0, count: nonceLength + length + XChaCha20Poly1305.tagLength)
        var output = sealed.mutableSpan
        for index in 0..<nonceLength { output[index] = nonce.storage[index] }
        var rest = output._mutatingExtracting(nonceLength..<output.count)
        try Self.seal(padded.span, rowKey, nonce.span, place, name, &rest)
        return sealed
    }

    /// Opens what was sealed for this place.
    /// - Throws: ``TernCore/StoreError/damaged`` where it was not.
    func open(_ sealed: Span<UInt8>, at place: Place, name: Span<UInt8> = Span()) throws(StoreError) -> SecretBytes {
        let nonceLength = XChaCha20Poly1305.nonceLength
        guard sealed.count > nonceLength else { throw .damaged }
        var text = try Self.open(
            sealed.extracting(nonceLength..<sealed.count), rowKey, sealed.extracting(0..<nonceLength), place, name)
        var length = text.count
        while length > 0, text.span[length - 1] == 0 { length -= 1 }
        guard length > 0, text.span[length - 1] == 0x80 else { throw .damaged }
        text.truncate(to: length - 1)
        return text
    }

    /// What an address of an account is found by: equal for equal addresses of one account, and says nothing else.
    func code(of name: Span<UInt8>, account: Int64) -> [UInt8] {
        let place = Place(account: account, address: 0).bytes
        let text = (0..<8).map { place[$0] } + name.indices.map { name[$0] }
        return Self.code(nameKey, text.span)
    }

    private static func derive(_ storeKey: borrowing Secret<32>, _ info: String) throws(StoreError) -> Secret<32> {
        let info = Array(info.utf8)
        do {
            return try Secret<32> { bytes throws(CryptoError) in
                try HKDFSHA256.derive(from: storeKey.span, salt: Span(), info: info.span, into: &bytes)
            }
        } catch {
            throw .damaged
        }
    }

    private static func code(_ key: borrowing Secret<32>, _ text: Span<UInt8>) -> [UInt8] {
        let code = HMACSHA256.code(key: key.span, text)
        return (0..<32).map { code.span[$0] }
    }

    @_lifetime(output: copy output)
    private static func seal(
        _ text: Span<UInt8>, _ key: borrowing Secret<32>, _ nonce: Span<UInt8>, _ place: Place, _ name: Span<UInt8>,
        _ output: inout MutableSpan<UInt8>
    ) throws(StoreError) {
        do {
            let numbers = place.bytes
            guard name.isEmpty else {
                let data = bound(place, name)
                return try XChaCha20Poly1305.seal(
                    text, key: key.span, nonce: nonce, authenticating: data.span, into: &output)
            }
            try XChaCha20Poly1305.seal(text, key: key.span, nonce: nonce, authenticating: numbers.span, into: &output)
        } catch {
            throw .backend(code: 0)
        }
    }

    private static func open(
        _ sealed: Span<UInt8>, _ key: borrowing Secret<32>, _ nonce: Span<UInt8>, _ place: Place, _ name: Span<UInt8>
    ) throws(StoreError) -> SecretBytes {
        do {
            let numbers = place.bytes
            guard name.isEmpty else {
                let data = bound(place, name)
                return try XChaCha20Poly1305.open(sealed, key: key.span, nonce: nonce, authenticating: data.span)
            }
            return try XChaCha20Poly1305.open(sealed, key: key.span, nonce: nonce, authenticating: numbers.span)
        } catch {
            throw .damaged
        }
    }

    private static func bound(_ place: Place, _ name: Span<UInt8>) -> [UInt8] {
        let numbers = place.bytes
        return (0..<32).map { numbers[$0] } + name.indices.map { name[$0] }
    }

    /// Random nonces, drawn several at a time: one draw costs the system as much as sealing a row. None outlives its
    /// transaction, so that a machine which goes on from a snapshot seals little under nonces that were used before.
    private struct Nonces {
        private var bytes: [UInt8] = []
        private var used = 0

        mutating func next() -> FixedBytes<24> {
            if used == bytes.count {
                var entropy = SystemEntropy()
                let length = XChaCha20Poly1305.nonceLength
                bytes = entropy.bytes(min(max(2 * used, 4 * length), 128 * length))
                used = 0
            }
            defer { used += XChaCha20Poly1305.nonceLength }
            return FixedBytes(InlineArray { bytes[used + $0] })
        }
    }

    /// A transaction begins.
    func begin() {
        nonces.withLock { $0 = Nonces() }
    }

    /// What rows are padded to: small rows all look alike, large ones grow by little.
    static let rowBlock = 16
    /// What addresses are padded to.
    static let nameBlock = 64
}

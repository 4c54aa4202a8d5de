// Owns the key of a file, and sealing and opening its pieces. It must not know what is in them.

internal import TernCore
internal import TernCrypto

/// The key of a file.
///
/// Pieces are sealed as STREAM does (Hoang, Reyhanitabar, Rogaway, Vizar 2015): the number of a piece and whether it is the last are
/// part of its nonce, and the whole header is authenticated with each.
public struct ArchiveKey: ~Copyable, Sendable {
    /// Bytes of a piece before it is sealed; the last one may have fewer.
    static let pieceLength = 1 << 16
    /// Bytes of a piece after it is sealed.
    static let sealedLength = pieceLength + XChaCha20Poly1305.tagLength

    private let key: Secret<32>
    /// What only this key has, and says nothing about it.
    let check: [UInt8]

    private init(_ key: consuming Secret<32>, _ check: [UInt8]) {
        self.key = key
        self.check = check
    }

    static func make(
        _ passphrase: Span<UInt8>, salt: [UInt8], cost: PasswordKey.Cost
    ) throws(ArchiveError) -> ArchiveKey {
        do throws(CryptoError) {
            let master = try PasswordKey.derive(from: passphrase, salt: salt.span, cost: cost)
            let check = try derive(master, "tern account file check")
            return ArchiveKey(
                try derive(master, "tern account file pieces"), check.span.indices.map { check.span[$0] })
        } catch .limitExceeded {
            throw .limitExceeded
        } catch {
            throw .backend
        }
    }

    /// A second value: a file is read twice.
    public func duplicate() -> ArchiveKey {
        ArchiveKey(key.duplicate(), check)
    }

    /// Whether it is the key that a header was made with.
    func fits(_ header: ArchiveHeader) -> Bool {
        Memory.equal(check.span, header.check.span)
    }

    private static func derive(_ master: borrowing Secret<32>, _ info: String) throws(CryptoError) -> Secret<32> {
        let info = Array(info.utf8)
        return try Secret<32> { bytes throws(CryptoError) in
            try HKDFSHA256.derive(from: master.span, salt: Span(), info: info.span, into: &bytes)
        }
    }

    func seal(
        _ piece: Span<UInt8>, _ header: ArchiveHeader, number: UInt64, isLast: Bool
    ) throws(ArchiveError) -> [UInt8] {
        let nonce = Self.nonce(header, number, isLast)
        var sealed = [UInt8](repeating: 0, count: piece.count + XChaCha20Poly1305.tagLength)
        var output = sealed.mutableSpan
        do {
            try XChaCha20Poly1305.seal(
                piece, key: key.span, nonce: nonce.span, authenticating: header.bytes.span, into: &output)
        } catch {
            throw .backend
        }
        return sealed
    }

    func open(
        _ sealed: [UInt8], _ header: ArchiveHeader, number: UInt64, isLast: Bool
    ) throws(ArchiveError) -> SecretBytes {
        let nonce = Self.nonce(header, number, isLast)
        do {
            return try XChaCha20Poly1305.open(
                sealed.span, key: key.span, nonce: nonce.span, authenticating: header.bytes.span)
        } catch {
            throw .unauthentic
        }
    }

    private static func nonce(_ header: ArchiveHeader, _ number: UInt64, _ isLast: Bool) -> [UInt8] {
        var nonce = header.noncePrefix
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            nonce.append(UInt8(truncatingIfNeeded: number >> shift))
        }
        nonce.append(isLast ? 1 : 0)
        return nonce
    }
}

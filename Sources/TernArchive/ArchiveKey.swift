// Owns the key of a file, and sealing and opening its pieces. It must not know what is in them.

internal import TernCore
internal import TernCrypto

/// The key of a file.
///
/// The whole header is authenticated with each piece.
public struct ArchiveKey: ~Copyable, Sendable {
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
        do {
            return try PieceCipher.seal(
                piece, number: number, isLast: isLast, key: key, prefix: header.noncePrefix,
                authenticating: header.bytes.span)
        } catch {
            throw .backend
        }
    }

    func open(
        _ sealed: [UInt8], _ header: ArchiveHeader, number: UInt64, isLast: Bool
    ) throws(ArchiveError) -> SecretBytes {
        do {
            return try PieceCipher.open(
                sealed.span, number: number, isLast: isLast, key: key, prefix: header.noncePrefix,
                authenticating: header.bytes.span)
        } catch {
            throw .unauthentic
        }
    }
}

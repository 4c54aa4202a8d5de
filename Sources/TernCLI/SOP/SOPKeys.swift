// Owns the keys and certificates that a call names. It must not know what is done with them.

internal import TernCore
internal import TernCrypto
internal import TernPGP

/// Keys that a call has brought along.
enum SOPKeys {
    /// OpenPGP data without armor.
    static func unarmored(_ bytes: [UInt8], _ name: String) throws(SOPFailure) -> [UInt8] {
        guard Armor.isThere(around: bytes) else { return bytes }
        do throws(SessionError) { return try Armor.bytes(in: String(decoding: bytes, as: UTF8.self)) } catch {
            throw SOPFailure(.badData, "\(name): the armor is damaged")
        }
    }

    /// Takes the certificates of files.
    static func certificates(_ names: [String], _ desk: SOPDesk) throws(SOPFailure) -> [Fingerprint] {
        try take(names, desk, isSecret: false)
    }

    /// Takes the secret keys of files.
    static func secret(_ names: [String], _ desk: SOPDesk) throws(SOPFailure) -> [Fingerprint] {
        try take(names, desk, isSecret: true)
    }

    /// Takes a secret key or certificate from bytes.
    static func take(
        _ bytes: [UInt8], _ name: String, _ desk: SOPDesk, isSecret: Bool
    ) throws(SOPFailure) -> [Fingerprint] {
        let bytes = try unarmored(bytes, name)
        guard OpenPGPScratch.isSecret(bytes) == isSecret else {
            throw SOPFailure(.badData, "\(name): this is no \(isSecret ? "secret key" : "certificate")")
        }
        let found: [Fingerprint]
        let scratch = try desk.scratch()
        do throws(SessionError) { found = try scratch.take(bytes) } catch {
            throw SOPFailure(.badData, "\(name): this is no OpenPGP key")
        }
        guard !found.isEmpty else { throw SOPFailure(.badData, "\(name): a key of a version that GnuPG does not know") }
        return found
    }

    private static func take(
        _ names: [String], _ desk: SOPDesk, isSecret: Bool
    ) throws(SOPFailure) -> [Fingerprint] {
        var all: [Fingerprint] = []
        for name in names { all += try take(try desk.read(name), name, desk, isSecret: isSecret) }
        return all
    }

    /// Tries what `names` hold one after the other, and nothing first.
    /// - Throws: `keyIsProtected` where none of them opens it.
    static func trying<Value>(
        _ names: [String], _ desk: SOPDesk, otherwise status: SOPStatus = .keyIsProtected,
        _ body: (borrowing SecretBytes?) throws(SessionError) -> Value
    ) throws(SOPFailure) -> Value {
        do throws(SessionError) {
            return try body(nil)
        } catch {
            guard error == .notForThisDevice, !names.isEmpty else { throw failure(error, status) }
        }
        for name in names {
            let password = Optional(try desk.password(name))
            do throws(SessionError) { return try body(password) } catch {
                guard error == .notForThisDevice else { throw failure(error, status) }
            }
        }
        throw SOPFailure(status, "none of the passwords opens it")
    }

    /// A failure of the engine as this interface calls it.
    /// - Parameter status: For something that no key or password here opens.
    static func failure(_ error: SessionError, _ status: SOPStatus) -> SOPFailure {
        switch error {
        case .notForThisDevice: SOPFailure(status, "no key or password here opens it")
        case .unauthentic, .malformed: SOPFailure(.badData, "the data is damaged, or is not OpenPGP's")
        case .unsupported: SOPFailure(.unsupportedAlgorithm, "an algorithm that counts for nothing, or is not known")
        case .materialMissing: SOPFailure(.certificateCannotEncrypt, "a key cannot be used")
        case .limitExceeded: SOPFailure(.badData, "this unfolds to more than is allowed")
        default: SOPFailure(.unspecified, "GnuPG says \(error.code)")
        }
    }
}

/// Signatures by certificates of the call, and within its times.
struct SOPVerification {
    let certificates: [Fingerprint]
    var notBefore: Timestamp?
    var notAfter: Timestamp?

    /// A line for each signature that counts.
    func lines(_ signatures: [SignatureReading]) -> [String] {
        signatures.compactMap { signature in
            guard signature.verdict == .good, let key = signature.key, let primary = signature.primary,
                let made = signature.made, certificates.contains(primary),
                notBefore.map({ $0 <= made }) ?? true, notAfter.map({ made <= $0 }) ?? true
            else { return nil }
            return "\(made.xmpp) \(key.hex) \(primary.hex) mode:\(signature.isOverText ? "text" : "binary")"
        }
    }

    /// A time as the interface spells it: `now`, `-` for none, or a date and time.
    static func time(_ text: String?, now: Timestamp) throws(SOPFailure) -> Timestamp? {
        guard let text, text != "-" else { return nil }
        if text == "now" { return now }
        guard let time = Timestamp(xmpp: text) ?? Timestamp(xmpp: text + "T00:00:00Z") else {
            throw SOPFailure(.unsupportedOption, "'\(text)' is no time")
        }
        return time
    }
}

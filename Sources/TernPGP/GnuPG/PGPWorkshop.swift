// Owns the GnuPG home of an account while a process needs one: what is in it, and what is done with it. It must not know where keys
// are kept, nor which of them are trusted.

public import TernCore
public import TernCrypto
internal import Synchronization

/// Where an account's OpenPGP is computed. Its calls take as long as GnuPG does; several threads may make them at once.
public final class PGPWorkshop: Sendable {
    private let base: String
    private let state = Mutex(State())

    private struct State {
        var home: GnuPGHome?
        /// Whose secret key is in it.
        var owner: [UInt8]?
        /// Certificates that GnuPG knows.
        var known: Set<[UInt8]> = []
        /// Certificates that lie in it as files.
        var files: [[UInt8]: String] = [:]
    }

    /// A workshop in which nothing has been done.
    /// - Parameter base: Where its home is made; see ``GnuPGHome/base(runtimeFolder:)``.
    public init(within base: String) {
        self.base = base
    }

    /// The path of the home with an account's own key and `certificates` in it, for whoever measures what GnuPG takes by itself.
    package func path(
        of identity: PGPIdentity, knowing certificates: [Certificate]
    ) throws(SessionError) -> String {
        try state.withLock { state throws(SessionError) -> String in
            let home = try openHome(of: identity, &state)
            try take(certificates, home, &state)
            return home.path
        }
    }

    /// Removes the home and ends its agent. It is made again by whoever needs it.
    public func close() {
        let home = state.withLock { state in
            defer { state = State() }
            return state.home
        }
        home?.end()
    }

    deinit {
        close()
    }
}

// MARK: - Homes

extension PGPWorkshop {
    private func openHome(_ state: inout State) throws(SessionError) -> GnuPGHome {
        if let home = state.home { return home }
        let home = try GnuPGHome(within: base)
        state.home = home
        return home
    }

    /// The home with an account's own key in it.
    private func openHome(of identity: PGPIdentity, _ state: inout State) throws(SessionError) -> GnuPGHome {
        if let home = state.home, state.owner == identity.certificate.bytes { return home }
        if state.owner != nil {
            // somebody has put another key in its place
            state.home?.end()
            state = State()
        }
        let home = try openHome(&state)
        switch identity.source {
        case .kept(let key) where !key.files.isEmpty && state.known.isEmpty:
            try home.fill(key.files)
        case .kept(let key):
            let found = try key.secret.withSpan { secret throws(SessionError) in
                try GPGContext(home.path).takeKeys(secret)
            }
            guard found.contains(identity.fingerprint) else { throw .store(.damaged) }
        case .home(let path):
            try ForeignHome.lend(path, to: home)
            _ = try GPGContext(home.path).takeKeys(identity.certificate.bytes.span)
        }
        try home.setOwnKey(identity.fingerprint)
        state.owner = identity.certificate.bytes
        state.known.insert(identity.certificate.bytes)
        return home
    }

    private func take(
        _ certificates: [Certificate], _ home: GnuPGHome, _ state: inout State
    ) throws(SessionError) {
        let new = certificates.map(\.bytes).filter { !state.known.contains($0) }
        guard !new.isEmpty else { return }
        let bytes = Array(new.joined())
        _ = try home.perform(GPGOperation(kind: .take, input: bytes))
        state.known.formUnion(new)
    }

    /// How GnuPG is told whom something is for. A key from a file costs it more each time, and one from the keyring has to be taken in
    /// first: so whoever is written to once is a file, and whoever is written to again is taken in.
    private func chooseAudience(
        of certificates: [Certificate], _ home: GnuPGHome, _ state: inout State
    ) throws(SessionError) -> GPGContext.Audience {
        var audience = GPGContext.Audience()
        try take(certificates.filter { state.files[$0.bytes] != nil }, home, &state)
        for certificate in certificates {
            guard !state.known.contains(certificate.bytes) else {
                audience.keys.append(certificate.fingerprint)
                continue
            }
            let name = "\(certificate.fingerprint.hex).\(state.files.count).pgp"
            try home.write(certificate.bytes.span, to: name)
            state.files[certificate.bytes] = "\(home.path)/\(name)"
            audience.files.append("\(home.path)/\(name)")
        }
        return audience
    }
}

// MARK: - Messages

extension PGPWorkshop {
    /// What a message held, and what GnuPG said of it.
    struct Opened {
        let plaintext: [UInt8]
        let reading: MessageReading

        fileprivate init(_ outcome: GPGOperation.Outcome) throws(SessionError) {
            guard let reading = outcome.reading else { throw .backend(code: 0) }
            (plaintext, self.reading) = (outcome.output, reading)
        }
    }

    /// Decrypts a message, and looks at its signatures.
    func open(
        _ message: [UInt8], with identity: PGPIdentity, signers: [Certificate], limit: Int
    ) throws(SessionError) -> Opened {
        let home = try state.withLock { state throws(SessionError) -> GnuPGHome in
            let home = try openHome(of: identity, &state)
            try take(signers, home, &state)
            return home
        }
        return try Opened(
            home.perform(GPGOperation(kind: .open, input: message, limit: limit), asksAgent: identity.home != nil))
    }

    /// Reads a message that is signed and not encrypted.
    func openSigned(_ message: [UInt8], signers: [Certificate], limit: Int) throws(SessionError) -> Opened {
        let home = try homeKnowing(signers)
        return try Opened(home.perform(GPGOperation(kind: .openSigned, input: message, limit: limit)))
    }

    /// Looks at a signature that stands apart.
    public func verify(
        _ signature: [UInt8], of text: [UInt8], signers: [Certificate]
    ) throws(SessionError) -> MessageReading {
        let home = try homeKnowing(signers)
        let outcome = try home.perform(GPGOperation(kind: .verify, input: signature, text: text))
        guard let reading = outcome.reading else { throw .backend(code: 0) }
        return reading
    }

    private func homeKnowing(_ certificates: [Certificate]) throws(SessionError) -> GnuPGHome {
        try state.withLock { state throws(SessionError) -> GnuPGHome in
            let home = try openHome(&state)
            try take(certificates, home, &state)
            return home
        }
    }

    /// Encrypts for an account's own key and for `recipients`.
    func seal(
        _ plaintext: [UInt8], with identity: PGPIdentity, to recipients: [Certificate], isSigned: Bool
    ) throws(SessionError) -> [UInt8] {
        var (home, audience) = try state.withLock { state throws(SessionError) -> (GnuPGHome, GPGContext.Audience) in
            let home = try openHome(of: identity, &state)
            return (home, try chooseAudience(of: recipients, home, &state))
        }
        audience.keys.append(identity.fingerprint)
        let operation = GPGOperation(kind: .seal, input: plaintext, audience: audience, isSigned: isSigned)
        return try home.perform(operation, asksAgent: identity.home != nil).output
    }

    /// Signs.
    func sign(
        _ text: [UInt8], with identity: PGPIdentity, isDetached: Bool
    ) throws(SessionError) -> [UInt8] {
        let home = try state.withLock { state throws(SessionError) -> GnuPGHome in try openHome(of: identity, &state) }
        let operation = GPGOperation(kind: isDetached ? .signApart : .sign, input: text)
        return try home.perform(operation, asksAgent: identity.home != nil).output
    }

    /// A detached signature over a text.
    public func sign(_ text: [UInt8], with identity: PGPIdentity) throws(SessionError) -> [UInt8] {
        try sign(text, with: identity, isDetached: true)
    }
}

// MARK: - Keys

extension PGPWorkshop {
    /// Looks at a certificate before anybody takes it for somebody's.
    /// - Parameter expected: The fingerprint that the place it was found in has in its name.
    /// - Throws: Why it is not taken.
    public func examine(
        _ bytes: [UInt8], expecting expected: Fingerprint? = nil
    ) throws(SessionError) -> Result<ExaminedKey, CertificateRefusal> {
        let certificate: Certificate
        do throws(CertificateRefusal) {
            certificate = try Certificate(bytes)
            guard expected == nil || expected == certificate.fingerprint else { throw .fingerprint }
        } catch {
            return .failure(error)
        }
        // a home of its own: what is found in it is what the certificate says, and nothing of what was known before
        let home = try GnuPGHome(within: base)
        defer { home.end() }
        let context = try GPGContext(home.path)
        guard try context.takeKeys(certificate.bytes.span).contains(certificate.fingerprint) else {
            return .failure(.noKey)
        }
        let reading = try context.reading(of: certificate.fingerprint)
        return .success(
            ExaminedKey(
                certificate: certificate, userIDs: reading.userIDs, isRevoked: reading.isRevoked,
                expires: reading.expires, canEncrypt: reading.canEncrypt))
    }

    /// Makes a key for an account.
    public func makeIdentity(for jid: BareJID, at now: Timestamp) throws(SessionError) -> PGPIdentity {
        let home = try GnuPGHome(within: base)
        defer { home.end() }
        let fingerprint = try home.withContext { context throws(SessionError) in
            try context.makeKey(for: ["xmpp:\(jid)"])
        }
        return try identity(fingerprint, in: home, at: now)
    }

    /// Takes a transferable secret key: from a backup, or from another program.
    /// - Parameter passphrase: What protects it; nothing where it is not protected.
    /// - Returns: Nothing for a key that GnuPG does not know.
    /// - Throws: ``TernCore/SessionError/malformed`` for what is no secret key, ``TernCore/SessionError/limitExceeded`` where there are
    ///   several, ``TernCore/SessionError/notForThisDevice`` where the passphrase does not open it, ``TernCore/SessionError/unsupported``.
    public func takeIdentity(
        _ secret: borrowing SecretBytes, passphrase: consuming SecretBytes?, at now: Timestamp
    ) throws(SessionError) -> PGPIdentity {
        let keyring: SecretKeyring
        do throws(CertificateRefusal) {
            keyring = try SecretKeyring(secret.exposed())
        } catch {
            throw error == .noKey ? .malformed : .unsupported
        }
        guard let fingerprint = keyring.fingerprints.first, keyring.fingerprints.count == 1 else {
            throw .limitExceeded
        }
        let home = try GnuPGHome(within: base)
        defer { home.end() }
        let found = try secret.withSpan { secret throws(SessionError) in try GPGContext(home.path).takeKeys(secret) }
        guard found.contains(fingerprint) else { throw .unsupported }
        if let passphrase {
            let passphrases = Passphrases(passphrase, then: SecretBytes(count: 0))
            try GPGContext(home.path, passphrases: passphrases).changePassphrase(of: fingerprint)
        }
        return try identity(fingerprint, in: home, at: now)
    }

    private func identity(
        _ fingerprint: Fingerprint, in home: GnuPGHome, at now: Timestamp
    ) throws(SessionError) -> PGPIdentity {
        let context = try GPGContext(home.path)
        let secret = try context.secretKey(of: fingerprint)
        let bytes = try context.certificate(of: fingerprint)
        let reading = try context.reading(of: fingerprint, isSecret: true)
        guard !reading.isRevoked, !reading.isExpired, reading.canSign, reading.canEncrypt else { throw .unsupported }
        let certificate: Certificate
        do { certificate = try Certificate(bytes) } catch { throw .unsupported }
        return PGPIdentity(
            certificate: certificate, created: now, source: .kept(KeptKey(secret, try home.files())))
    }

    /// Uses a key in somebody's own GnuPG home, where it stays.
    /// - Throws: ``TernCore/SessionError/materialMissing`` where there is no such secret key.
    public func identity(
        inHome path: String, key fingerprint: Fingerprint, at now: Timestamp
    ) throws(SessionError) -> PGPIdentity {
        let reading = try GPGContext(path).reading(of: fingerprint, isSecret: true)
        guard !reading.isRevoked, !reading.isExpired, reading.canSign, reading.canEncrypt else { throw .unsupported }
        let certificate: Certificate
        do { certificate = try Certificate(try GPGContext(path).certificate(of: reading.primary)) } catch let error
            as SessionError
        {
            throw error
        } catch {
            throw .unsupported
        }
        return PGPIdentity(certificate: certificate, created: now, source: .home(path))
    }
}

// MARK: - Backups

extension PGPWorkshop {
    /// An account's secret key, encrypted with a code (XEP-0373 §5).
    /// - Throws: ``TernCore/SessionError/unsupported`` for a key that lives in somebody's own home.
    public func backUp(_ identity: PGPIdentity, with code: borrowing BackupCode) throws(SessionError) -> [UInt8] {
        guard case .kept(let key) = identity.source else { throw .unsupported }
        let home = try state.withLock { state throws(SessionError) -> GnuPGHome in try openHome(&state) }
        let context = try GPGContext(home.path, passphrases: Passphrases(code.passphrase))
        return try key.secret.withSpan { secret throws(SessionError) -> [UInt8] in
            try context.seal(secret, to: GPGContext.Audience(hasPassphrase: true), isSigned: false)
        }
    }

    /// The key of a backup.
    /// - Throws: ``TernCore/SessionError/notForThisDevice`` for another code; what ``takeIdentity(_:passphrase:at:)`` does.
    public func restore(
        _ backup: [UInt8], with code: borrowing BackupCode, at now: Timestamp
    ) throws(SessionError) -> PGPIdentity {
        let home = try GnuPGHome(within: base)
        defer { home.end() }
        let context = try GPGContext(home.path, passphrases: Passphrases(code.passphrase))
        let opened = try context.open(backup.span, limit: PGPWorkshop.backupLimit)
        let secret = opened.sink.takeSecret()
        return try takeIdentity(secret, passphrase: nil, at: now)
    }

    private static let backupLimit = 1 << 20
}

// Owns an account's key for OTR and how one is made. It must not know which conversations use it.

internal import COTR
public import TernCore
internal import TernCrypto

/// An account's long-lived key: DSA with 1024 bits, as OTR has it. Shared by the account's conversations.
public final class OTRPrivateKey: Sendable {
    /// Whose key it is.
    public let account: BareJID
    /// The SHA-1 hash of the public key, which people compare.
    public let fingerprint: Fingerprint
    /// The key in libotr's own file format.
    let file: SecretBytes

    private init(account: BareJID, fingerprint: Fingerprint, file: consuming SecretBytes) {
        self.account = account
        self.fingerprint = fingerprint
        self.file = file
    }

    /// Makes a key. It takes 0.06 to 0.2 seconds: a session hands it out as work.
    /// - Throws: ``TernCore/SessionError/backend(code:)``.
    public static func generate(for account: BareJID) throws(SessionError) -> OTRPrivateKey {
        let user = try UserState()
        let file = try LibotrFile()
        let name = account.description
        try UserState.check(unsafe otrl_privkey_generate_FILEp(user.raw, file.stream, name, OTREngine.network))
        return OTRPrivateKey(
            account: account, fingerprint: try fingerprint(of: name, in: user), file: try file.content())
    }

    /// A key in libotr's own format, of one account under its own name.
    convenience init(of account: BareJID, reading file: consuming SecretBytes) throws(SessionError) {
        let user = try UserState()
        let memory = try LibotrFile()
        try memory.write(file.span)
        guard unsafe otrl_privkey_read_FILEp(user.raw, memory.stream) == 0 else { throw .malformed }
        let fingerprint = try OTRPrivateKey.fingerprint(of: account.description, in: user)
        self.init(account: account, fingerprint: fingerprint, file: file)
    }

    /// The key alone, as libgcrypt writes it.
    func expression() throws(SessionError) -> LibotrFiles.SecretText {
        let user = try UserState()
        let memory = try LibotrFile()
        try file.withSpan { (bytes) throws(SessionError) in try memory.write(bytes) }
        try UserState.check(unsafe otrl_privkey_read_FILEp(user.raw, memory.stream))
        guard let entry = unsafe user.raw.pointee.privkey_root, let key = unsafe entry.pointee.privkey else {
            throw .backend(code: 0)
        }
        return unsafe try LibotrFiles.text(of: key)
    }

    private static func fingerprint(of name: String, in user: borrowing UserState) throws(SessionError) -> Fingerprint {
        var hash = InlineArray<20, UInt8>(repeating: 0)
        var span = hash.mutableSpan
        let found = unsafe span.withUnsafeMutableBufferPointer {
            unsafe otrl_privkey_fingerprint_raw(user.raw, $0.baseAddress, name, OTREngine.network) != nil
        }
        guard found, let fingerprint = try? Fingerprint((0..<20).map { hash[$0] }) else { throw .backend(code: 0) }
        return fingerprint
    }
}

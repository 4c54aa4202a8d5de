// Owns the start of libgcrypt: libotr first, then everything else, once a process.
// It must not know what the handles are used for.

internal import CGcrypt
internal import COTR

/// The one way into libgcrypt.
///
/// `otrl_init` replaces libgcrypt's allocator. A handle that was opened with the old allocator and is closed with the
/// new one aborts the process, so libotr has to be first, whether or not this process will ever speak OTR.
public enum Libgcrypt {
    /// Starts libotr and libgcrypt, in this order. Later calls give the first call's result.
    ///
    /// Everything in this module calls it before it touches libgcrypt; a program calls it first to get a typed error
    /// instead of a trap.
    /// - Throws: ``CryptoError/libgcryptInUse`` when other code of this process used libgcrypt before,
    ///   ``CryptoError/backend(code:)`` when a library is older than the one this was built for.
    public static func start() throws(CryptoError) {
        try started.get()
    }

    /// For operations that have no other way to fail: a process that opened libgcrypt in the wrong order is a
    /// programmer's mistake and stops here, with a message, instead of in `free`.
    @usableFromInline
    static func require() {
        guard case .success = started else { refuse() }
    }

    @inline(never)
    private static func refuse() -> Never {
        fatalError("libgcrypt was in use before libotr was initialised: call Libgcrypt.start() first in the process")
    }

    private static let started: Result<Void, CryptoError> = {
        guard tern_gcry_is_in_use() == 0 else { return .failure(.libgcryptInUse) }
        let otr = tern_otrl_init()
        guard otr == 0 else { return .failure(.backend(code: Int(otr))) }
        guard unsafe gcry_check_version("1.10.0") != nil else { return .failure(.backend(code: -1)) }
        let finished = tern_gcry_finish_initialisation()
        guard finished == 0 else { return .failure(.backend(code: Int(finished))) }
        return .success(())
    }()
}

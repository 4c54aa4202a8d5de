// Owns the look at the Diffie-Hellman keys that data messages announce, which libotr 4.1.1 takes as they come: it looks at those of
// a key exchange alone. It must not know what else a message says.

internal import COTR
internal import TernCore

extension OTREngine {
    /// Ends, without a word to the other end, each conversation whose next keys would be known to everybody: a public key
    /// is from 2 to p - 2 (OTR 3 §overview-of-ake, NIST SP 800-56A §5.6.2.3.1).
    /// - Returns: Whether there was one.
    func endWithWeakKeys() -> Bool {
        var isFound = false
        unsafe forEachContext { context in
            guard unsafe context.pointee.msgstate == OTRL_MSGSTATE_ENCRYPTED,
                let hidden = unsafe context.pointee.context_priv
            else { return }
            let keys = unsafe [hidden.pointee.their_y, hidden.pointee.their_old_y]
            guard unsafe keys.contains(where: { key in unsafe key.map { unsafe OTREngine.isWeak($0) } ?? false }) else {
                return
            }
            unsafe otrl_context_force_finished(context)
            isFound = true
        }
        return isFound
    }

    private static func isWeak(_ key: gcry_mpi_t) -> Bool {
        unsafe gcry_mpi_cmp_ui(key, 2) < 0 || gcry_mpi_cmp(key, largestKey) > 0
    }

    /// p - 2 of the group with 1536 bits (RFC 3526 §2).
    nonisolated(unsafe) private static let largestKey: gcry_mpi_t? = {
        let digits = """
            00FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74\
            020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374F\
            E1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE38\
            6BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48\
            361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED52907\
            7096966D670C354E4ABC9804F1746C08CA237327FFFFFFFFFFFFFFFD
            """
        var number: gcry_mpi_t?
        let code = unsafe gcry_mpi_scan(&number, GCRYMPI_FMT_HEX, digits, 0, nil)
        precondition(code == 0, "libgcrypt cannot read a number")
        return unsafe number
    }()
}

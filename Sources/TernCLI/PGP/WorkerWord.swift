// Owns the name by which this program calls itself as the small process that gpgme runs in. It must not know what is done there.

/// How this program starts itself in a small process.
enum WorkerWord {
    /// Its only argument; nobody types that.
    static let word = "openpgp-worker"
}

// Owns which version of gpgme this process runs with.

internal import CGPGME

/// The library behind ``PGPSession``.
public enum GPGME {
    /// The version that answers now, as "1.18.0"; nil where it cannot be used.
    public static var version: String? {
        guard tern_gpgme_start() != 0, let version = unsafe gpgme_check_version(nil) else { return nil }
        return unsafe String(cString: version)
    }
}

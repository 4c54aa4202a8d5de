// Owns what GnuPG says of an operation while it goes on, line by line. It must not know what follows from it.

internal import CGPGME

/// Status lines in their order (GnuPG's doc/DETAILS).
@safe
final class GPGStatusLog {
    private(set) var lines: [(keyword: String, arguments: [Substring])] = []
    /// More came than any honest message gives rise to, and the operation was stopped.
    private(set) var isOverfull = false

    private static let most = 4096

    /// Forgets what an earlier operation gave rise to.
    func clear() {
        lines = []
        isOverfull = false
    }

    private func note(_ keyword: String, _ arguments: String) -> gpgme_error_t {
        guard lines.count < GPGStatusLog.most else {
            isOverfull = true
            return gpgme_err_make(GPG_ERR_SOURCE_USER_1, GPG_ERR_CANCELED)
        }
        lines.append((keyword, arguments.split(separator: " ")))
        return 0
    }

    static let note: gpgme_status_cb_t = { log, keyword, arguments in
        guard let log = unsafe log, let keyword = unsafe keyword else { return 0 }
        return unsafe Unmanaged<GPGStatusLog>.fromOpaque(log).takeUnretainedValue()
            .note(unsafe String(cString: keyword), unsafe arguments.map { unsafe String(cString: $0) } ?? "")
    }
}

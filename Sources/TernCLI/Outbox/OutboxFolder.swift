// Owns the folder that `--outbox` names: one file a stanza, whole or not there. It must not know what is in a stanza.

internal import Glibc
internal import TernInput

/// A folder that another program takes stanzas from.
struct OutboxFolder {
    private let path: String

    init(_ path: String) {
        self.path = path
    }

    /// Writes stanzas under names that sort in their order, durable when this returns.
    /// The folder is made where it is missing.
    /// - Throws: `storage` where it cannot be written; then some may be there.
    func write(_ stanzas: [String]) throws(CommandFailure) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure() }
        guard !stanzas.isEmpty else { return }
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        let moment = String(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
        for (place, stanza) in stanzas.enumerated() {
            let digits = String(place)
            let name = moment + "-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".xml"
            try write(Array((stanza + "\n").utf8), name)
        }
        try synchronise()
    }

    /// Under another name first, so that nobody takes half of it.
    private func write(_ bytes: [UInt8], _ name: String) throws(CommandFailure) {
        let (hidden, final) = (path + "/." + name, path + "/" + name)
        let descriptor = unsafe Glibc.open(hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        defer { Glibc.close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            guard count > 0 || errno == EINTR else { throw failure() }
            written += max(0, count)
        }
        guard fsync(descriptor) == 0, unsafe rename(hidden, final) == 0 else { throw failure() }
    }

    private func synchronise() throws(CommandFailure) {
        let folder = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure() }
        defer { Glibc.close(folder) }
        guard fsync(folder) == 0 else { throw failure() }
    }

    private func failure() -> CommandFailure {
        CommandFailure(
            .storage, "\(path): \(SystemText.describe(errno))", hint: "what was to be written waits in 'tern outbox'")
    }
}

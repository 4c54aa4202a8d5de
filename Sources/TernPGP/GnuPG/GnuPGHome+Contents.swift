// Owns the files of a home that are written and read around GnuPG. It must not know what is in them.

internal import Glibc
internal import TernCore
internal import TernCrypto

extension GnuPGHome {
    /// Puts files there that an earlier home held.
    func fill(_ files: [KeptKey.File]) throws(SessionError) {
        unsafe mkdir("\(path)/private-keys-v1.d", 0o700)
        for file in files {
            try file.bytes.withSpan { bytes throws(SessionError) in try write(bytes, to: file.name) }
        }
    }

    /// The files that hold keys.
    func files() throws(SessionError) -> [KeptKey.File] {
        let keys = GnuPGHome.names(in: "\(path)/private-keys-v1.d").sorted().map { "private-keys-v1.d/\($0)" }
        var files: [KeptKey.File] = []
        for name in ["pubring.kbx"] + keys where KeptKey.isName(name) {
            files.append(KeptKey.File(name, try read(name)))
        }
        return files
    }

    /// Says whose key signs. Named as the one to sign with, GnuPG takes it as it is; as the one that is used by default it would look
    /// for others as well.
    func setOwnKey(_ key: Fingerprint) throws(SessionError) {
        try write(GnuPGHome.configuration + "local-user \(key.hex)\n", to: "gpg.conf")
    }

    private func read(_ name: String) throws(SessionError) -> SecretBytes {
        let descriptor = unsafe open("\(path)/\(name)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .store(.failing(code: errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .store(.failing(code: errno)) }
        var bytes = SecretBytes(count: Int(status.st_size))
        var done = 0
        while done < bytes.count {
            var span = bytes.mutableSpan
            let count = unsafe span.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            }
            guard count > 0 else { throw .store(.failing(code: errno)) }
            done += count
        }
        return bytes
    }
}

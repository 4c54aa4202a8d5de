// Owns a GnuPG home that is ours alone: it is made, watched, and removed with the agent in it. It must not know what keys are in it.

internal import Glibc
internal import Synchronization
public import TernCore

/// A directory that GnuPG keeps keys in and listens at, for as long as this object lives.
///
/// Secret keys lie in it as files, so it is made in memory where the system has such a place, and a small process of its own
/// removes it as soon as the one that made it is gone, however that ended. The agent that GnuPG starts in it ends with it.
public final class GnuPGHome: Sendable {
    /// The absolute path.
    public let path: String
    private let guardian: Mutex<Guardian?>
    /// Contexts that nobody uses at the moment, those that ask an agent apart from the others.
    private let idle = Mutex<[Bool: [GPGContext]]>([:])
    /// Processes that wait for the next job.
    private let workers = Mutex<[GPGWorker]>([])

    /// Makes one.
    /// - Parameter base: A directory, short enough for a socket's name.
    /// - Throws: ``TernCore/SessionError/misuse`` where the path is not absolute, or so long that GnuPG could not listen there: a
    ///   socket's name has at most 107 bytes, and GnuPG would say no more than that there is no agent.
    ///   ``TernCore/SessionError/store(_:)`` where the directory cannot be made.
    public init(within base: String) throws(SessionError) {
        try GnuPGHome.check(base + "/tern-gpg-XXXXXX")
        GnuPGHome.sweep(base)
        var template = Array((base + "/tern-gpg-XXXXXX").utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw .store(.failing(code: errno))
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let guardian = Guardian(of: path) else {
            unsafe rmdir(path)
            throw .backendMissing
        }
        self.guardian = Mutex(guardian)
        try write(GnuPGHome.configuration, to: "gpg.conf")
        try write(GnuPGHome.agentSettings.joined(separator: "\n") + "\n", to: "gpg-agent.conf")
    }

    /// Where such directories are best made: what the system has for it, memory, or what it has for temporary files.
    /// - Parameter runtimeFolder: `XDG_RUNTIME_DIR`, where it is set.
    public static func base(runtimeFolder: String?) -> String {
        for folder in [runtimeFolder, "/dev/shm"] {
            var status = stat()
            guard let folder, unsafe stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
                unsafe access(folder, W_OK | X_OK) == 0, (try? check(folder + "/tern-gpg-XXXXXX")) != nil
            else { continue }
            return folder
        }
        return "/tmp"
    }

    private static func check(_ path: String) throws(SessionError) {
        guard path.utf8.first == UInt8(ascii: "/"), !path.utf8.contains(0),
            path.utf8.count + longestSocketName <= 107
        else { throw .misuse }
    }

    /// Writes a file of it, for nobody else to read.
    func write(_ text: String, to name: String) throws(SessionError) {
        try write(Array(text.utf8).span, to: name)
    }

    /// Writes a file of it, for nobody else to read.
    func write(_ bytes: Span<UInt8>, to name: String) throws(SessionError) {
        let descriptor = unsafe open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .store(.failing(code: errno)) }
        defer { close(descriptor) }
        var done = 0
        while done < bytes.count {
            let rest = bytes.extracting(done..<bytes.count)
            let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 || errno == EINTR else { throw .store(errno == ENOSPC ? .full : .failing(code: errno)) }
            done += max(0, written)
        }
    }

    /// Lends a context that nobody else uses meanwhile. It is used again: gpgme asks gpg for its version whenever a context gets a home.
    func withContext<Result>(
        asksAgent: Bool = false, _ body: (GPGContext) throws(SessionError) -> Result
    ) throws(SessionError) -> Result {
        let waiting = idle.withLock { $0[asksAgent, default: []].popLast() }
        let context: GPGContext
        if let waiting { context = waiting } else { context = try GPGContext(path, asksAgent: asksAgent) }
        defer { idle.withLock { $0[asksAgent, default: []].append(context) } }
        return try body(context)
    }

    /// Does something with keys of the home: here, or in a small process where this one has grown.
    func perform(_ operation: GPGOperation, asksAgent: Bool = false) throws(SessionError) -> GPGOperation.Outcome {
        if let worker = workers.withLock({ $0.popLast() }) ?? GPGWorker() {
            if let result = worker.run(operation, in: path, asksAgent: asksAgent) {
                workers.withLock { $0.append(worker) }
                return try result.get()
            }
        }
        return try withContext(asksAgent: asksAgent) { context throws(SessionError) in try operation.run(in: context) }
    }

    /// Ends the agent and removes everything. What is done in it from now on fails.
    public func end() {
        guard let guardian = guardian.withLock({ $0.take() }) else { return }
        workers.withLock { $0 = [] }
        Agent.end(at: path)
        GnuPGHome.remove(path)
        guardian.dismiss()
    }

    deinit {
        end()
    }

    /// `/S.gpg-agent.browser`.
    private static let longestSocketName = 20

    /// Nobody is asked, nothing is fetched, no state is left; and what is weak counts for nothing.
    private static let settings = [
        "batch", "no-tty", "no-greeting", "no-auto-check-trustdb", "trust-model always", "no-auto-key-retrieve",
        "no-auto-key-locate", "no-random-seed-file", "lock-never", "no-emit-version", "no-comments",
        "compress-level 0", "no-symkey-cache", "import-options self-sigs-only", "cert-digest-algo SHA512",
        "personal-digest-preferences SHA512 SHA384 SHA256", "personal-cipher-preferences AES256 AES192 AES",
        "weak-digest SHA1", "weak-digest RIPEMD160", "s2k-cipher-algo AES256", "s2k-digest-algo SHA512",
    ]
    static let configuration = settings.joined(separator: "\n") + "\n"
    private static let agentSettings = [
        "allow-loopback-pinentry", "disable-scdaemon", "max-cache-ttl 0", "default-cache-ttl 0",
        "no-allow-external-cache", "pinentry-program /bin/false", "s2k-count 65011712",
    ]
}

// MARK: - Ends

extension GnuPGHome {
    /// Removes a directory and what is in it; its two levels are all that GnuPG makes.
    fileprivate static func remove(_ path: String) {
        for name in names(in: path) {
            let inner = "\(path)/\(name)"
            if unsafe unlink(inner) != 0 {
                for file in names(in: inner) { unsafe unlink("\(inner)/\(file)") }
                unsafe rmdir(inner)
            }
        }
        unsafe rmdir(path)
    }

    /// Removes homes whose process and guardian are both gone.
    fileprivate static func sweep(_ base: String) {
        for name in names(in: base) where name.hasPrefix("tern-gpg-") {
            let path = "\(base)/\(name)"
            guard isOurs(path) else { continue }
            let descriptor = unsafe open("\(path)/\(Guardian.lock)", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
            Agent.end(at: path)
            remove(path)
        }
    }

    /// Where everybody may make directories, somebody else may have made one of this name, for us to follow.
    private static func isOurs(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid()
            && status.st_mode & 0o077 == 0
    }

    static func names(in path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

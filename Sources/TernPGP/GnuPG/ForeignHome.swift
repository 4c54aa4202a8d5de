// Owns how the agent of somebody's own GnuPG home does our secret-key work, while everything else stays in a home of ours.
// It must not change anything in theirs.

internal import Glibc
internal import TernCore

/// Somebody's own GnuPG home.
enum ForeignHome {
    /// Lets what is done in `home` ask the agent of `path`.
    ///
    /// libassuan follows a file in the place of a socket that names another one: so the keyring, in which the keys of contacts lie,
    /// is ours, and the secret key is where it was, with whatever protects it there.
    static func lend(_ path: String, to home: GnuPGHome) throws(SessionError) {
        _ = try output(["gpgconf", "--homedir", path, "--launch", "gpg-agent"])
        let socket = try output(["gpgconf", "--homedir", path, "--list-dirs", "agent-socket"]).trimmed
        guard socket.hasPrefix("/") else { throw .backendMissing }
        try home.write("%Assuan%\nsocket=\(socket)\n", to: "S.gpg-agent")
    }

    /// Runs a program and gives what it prints.
    private static func output(_ arguments: [String]) throws(SessionError) -> String {
        guard let ends = Pipe() else { throw .store(.failing(code: errno)) }
        defer { close(ends.reading) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, ends.writing, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        let process = unsafe Spawn.run(arguments[0], arguments, &actions, nil)
        close(ends.writing)
        guard let process else { throw .backendMissing }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(ends.reading, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            text += buffer[0..<count]
        }
        var code: Int32 = 0
        while unsafe waitpid(process, &code, 0) < 0, errno == EINTR {}
        guard code == 0 else { throw .materialMissing }
        return String(decoding: text, as: UTF8.self)
    }
}

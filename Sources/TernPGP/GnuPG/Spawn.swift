// Owns starting other programs without a copy of this process's memory. It must not know which programs.

internal import CGPGME
internal import Glibc

/// Starts programs.
enum Spawn {
    /// Starts one, found on the path; nil where that is not possible. It gets the standard descriptors and no other: one that
    /// lived long would keep a pipe open whose end somebody waits for.
    static func run(
        _ program: String, _ arguments: [String], _ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>,
        _ attributes: UnsafePointer<posix_spawnattr_t>?
    ) -> pid_t? {
        guard unsafe tern_spawn_standard_only(actions) == 0 else { return nil }
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
        for argument in arguments { unsafe pointers.append(unsafe strdup(argument)) }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        var process = pid_t()
        let status = unsafe posix_spawnp(&process, program, actions, attributes, &pointers, environ)
        return status == 0 ? process : nil
    }
}

/// The two ends of a pipe, which no other program gets.
struct Pipe {
    let reading: Int32
    let writing: Int32

    init?() {
        var ends: [Int32] = [-1, -1]
        guard unsafe tern_pipe(&ends, O_CLOEXEC) == 0 else { return nil }
        (reading, writing) = (ends[0], ends[1])
    }
}

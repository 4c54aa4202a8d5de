// Owns what the façade takes from the process around it. It must not know what for.

internal import Glibc

/// The process around.
enum Surroundings {
    /// `XDG_RUNTIME_DIR`, where it is set: a person's own folder for what goes with the session.
    static var runtimeFolder: String? {
        guard let value = unsafe getenv("XDG_RUNTIME_DIR") else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// How many processors there are.
    static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}

// Owns which versions of the cryptographic libraries this process runs with. It must not know what they are used for.

internal import CGcrypt
internal import COTR
internal import CSodium

/// A library as it is linked.
public struct LinkedLibrary: Hashable, Sendable {
    /// Its name.
    public let name: String
    /// The version that answers now, which need not be the one that was compiled against.
    public let version: String

    /// A library.
    public init(name: String, version: String) {
        self.name = name
        self.version = version
    }

    /// The libraries that this module rests on.
    public static var cryptographic: [LinkedLibrary] {
        // Asking libgcrypt for its version begins it: libotr has to be first.
        _ = try? Libgcrypt.start()
        return unsafe [
            LinkedLibrary(name: "libsodium", version: String(cString: sodium_version_string())),
            LinkedLibrary(
                name: "libgcrypt", version: gcry_check_version(nil).map { unsafe String(cString: $0) } ?? "?"),
            LinkedLibrary(name: "libotr", version: String(cString: otrl_version())),
        ]
    }
}

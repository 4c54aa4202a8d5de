// Owns the start of libsodium. It must not know what libsodium is used for.

internal import CSodium

/// The one way into libsodium: `sodium_init` once a process, before the first allocation or random byte.
enum Sodium {
    @inline(__always)
    static func require() {
        precondition(started, "libsodium could not be initialised")
    }

    private static let started = sodium_init() >= 0
}

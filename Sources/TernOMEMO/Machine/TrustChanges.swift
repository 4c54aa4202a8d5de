// Owns what one call has changed about trust, until it is known what follows. It must not know what that is.

internal import TernCore

/// What one call has changed about trust.
struct TrustChanges {
    /// Keys that a person here has authenticated.
    var authenticated: [KnownDevice] = []
    /// Keys that a person here has distrusted.
    var distrusted: [KnownDevice] = []
    /// Keys that a trust message has authenticated: what those have said counts now.
    var believed: [KnownDevice] = []
    /// Those of them that a contact has vouched for, which this account's other devices did not hear.
    var forwarded: [KnownDevice] = []
    var events: [Event] = []
}

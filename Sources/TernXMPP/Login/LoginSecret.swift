// Owns what an account proves itself with: a password, or what SCRAM makes of it. It must not know where it is kept.

public import TernCrypto

/// What proves who somebody is. It is wiped at the end of its life.
public final class LoginSecret: Sendable {
    let form: Form

    /// The hash of kept keys.
    var keysHash: HashFunction? {
        if case .keys(let keys) = form { keys.hash } else { nil }
    }

    enum Form: Sendable {
        /// The password in UTF-8, prepared as RFC 8265 says.
        case password(Password)
        case keys(SCRAMKeys)
    }

    final class Password: Sendable {
        let bytes: SecretBytes

        init(_ bytes: consuming SecretBytes) { self.bytes = bytes }
    }

    /// A password in UTF-8, prepared as RFC 8265 §4.2 says by whoever read it.
    public init(password: consuming SecretBytes) {
        form = .password(Password(password))
    }

    /// The keys of a login that went well: a server's database gives nobody more.
    public init(keys: SCRAMKeys) {
        form = .keys(keys)
    }

    /// The password, where it is kept.
    public func withPassword<Result>(_ body: (Span<UInt8>) -> Result) -> Result? {
        guard case .password(let password) = form else { return nil }
        return password.bytes.withSpan(body)
    }
}

/// What SCRAM makes of a password with a server's salt (RFC 5802 §3): enough to log in there, and nowhere else.
public final class SCRAMKeys: Sendable {
    /// The hash function.
    public let hash: HashFunction
    /// The server's salt.
    public let salt: [UInt8]
    /// The server's number of rounds.
    public let iterations: Int
    let clientKey: SecretBytes
    let serverKey: SecretBytes

    /// Takes stored keys.
    /// - Throws: ``TernCrypto/CryptoError/wrongLength(_:)``.
    public init(
        hash: HashFunction, salt: [UInt8], iterations: Int, clientKey: consuming SecretBytes,
        serverKey: consuming SecretBytes
    ) throws(CryptoError) {
        let (first, second) = (clientKey.count, serverKey.count)
        guard first == hash.length, second == hash.length else { throw .wrongLength(first) }
        (self.hash, self.salt, self.iterations) = (hash, salt, iterations)
        self.clientKey = clientKey
        self.serverKey = serverKey
    }

    /// Makes them of a password, as slowly as `iterations` say.
    convenience init(
        hash: HashFunction, password: Span<UInt8>, salt: [UInt8], iterations: Int
    ) throws(CryptoError) {
        let salted = try hash.stretched(password, salt: salt.span, iterations: iterations)
        let (client, server) = (Array("Client Key".utf8), Array("Server Key".utf8))
        try self.init(
            hash: hash, salt: salt, iterations: iterations, clientKey: try hash.code(key: salted.span, client.span),
            serverKey: try hash.code(key: salted.span, server.span))
    }

    /// Lets `body` read both keys, to keep them.
    public func withKeys<Result>(_ body: (_ client: Span<UInt8>, _ server: Span<UInt8>) -> Result) -> Result {
        clientKey.withSpan { client in serverKey.withSpan { body(client, $0) } }
    }
}

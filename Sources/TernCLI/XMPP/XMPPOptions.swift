// Owns the options that say how a server is reached and what proves who we are. It must not know what is said there.

internal import ArgumentParser
internal import Foundation
internal import TernCore
internal import TernCrypto
internal import TernTransport
internal import TernXML
internal import TernXMPP

/// How a server is reached.
struct XMPPOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read the account's password from a descriptor, its first line.", valueName: "n"))
    var passwordFd: Int32?

    @Option(
        help: ArgumentHelp("Read the account's password from a file, its first line.", valueName: "file"),
        completion: .file())
    var passwordFile: String?

    @Option(
        help: ArgumentHelp("Trust the authorities in this file of PEM, and no others.", valueName: "file"),
        completion: .file())
    var ca: String?

    @Option(help: ArgumentHelp("The server, where it is not the one that the domain names.", valueName: "host[:port]"))
    var host: String?

    @Flag(help: "With --host: TLS begins with the first byte.")
    var directTls = false

    @Flag(help: "Let the password itself be sent, under TLS, where the server takes nothing better.")
    var plain = false

    func validate() throws {
        guard passwordFd == nil || passwordFile == nil else {
            throw ValidationError("Only one of --password-fd and --password-file can be given")
        }
        guard (passwordFd ?? 0) >= 0 else { throw ValidationError("--password-fd takes the number of a descriptor") }
        guard !directTls || host != nil else { throw ValidationError("--direct-tls goes with --host") }
        if let host { _ = try XMPPOptions.address(host, isDirect: directTls) }
    }

    /// `name`, `name:port`, `[1::2]:port`.
    private static func address(_ text: String, isDirect: Bool) throws -> ServerAddress {
        let standard = isDirect ? 5223 : 5222
        var (name, port) = (text, standard)
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]"),
            text.hasPrefix("[") || text.firstIndex(of: ":") == colon
        {
            guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number) else {
                throw ValidationError("--host takes a name and perhaps a port, like xmpp.example.org:5222")
            }
            (name, port) = (String(text[..<colon]), number)
        }
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        guard !name.isEmpty, !name.contains(" ") else {
            throw ValidationError("--host takes a name and perhaps a port, like xmpp.example.org:5222")
        }
        return ServerAddress(host: name, port: port, isDirect: isDirect)
    }

    /// What a stream is opened with.
    func settings(
        _ jid: BareJID, _ options: GlobalOptions, in workplace: Workplace
    ) throws(CommandFailure) -> StreamSettings {
        let name = "password of \(jid)"
        let given = try SecretSource.given(
            name, file: passwordFile, descriptor: passwordFd, hint: "give --password-file", in: workplace)
        let secret: SecretBytes
        if let given {
            secret = given
        } else {
            guard !options.noInput else {
                throw CommandFailure(
                    .usage, "the \(name) is needed, and --no-input forbids to ask for it",
                    hint: "give --password-fd or --password-file")
            }
            secret = try SecretPrompt().ask(name)
        }
        var settings = StreamSettings(account: jid, secret: LoginSecret(password: try XMPPOptions.prepared(secret)))
        if plain { (settings.allowsPlain, settings.leastStrength) = (true, 0) }
        return settings
    }

    /// RFC 4013 as servers do it: another spelling of the same characters is the same password.
    private static func prepared(_ password: consuming SecretBytes) throws(CommandFailure) -> SecretBytes {
        let isPlain = password.withSpan { bytes in bytes.indices.allSatisfy { bytes[$0] < 0x80 } }
        if isPlain { return password }
        let bytes = password.exposed()
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.usage, "the password is not UTF-8")
        }
        return SecretBytes(copying: Array(text.precomposedStringWithCompatibilityMapping.utf8))
    }

    /// A client that is not yet connected.
    func client(
        _ settings: StreamSettings, in workplace: Workplace, connectsAgain: Bool = false,
        answering answers: @escaping @Sendable (Element) -> Element? = { _ in nil }
    ) -> ServerClient {
        let address = host.flatMap { try? XMPPOptions.address($0, isDirect: directTls) }
        let trust = ca.map { ServerTrust.file(workplace.path($0)) } ?? .system
        return ServerClient(
            settings, at: address.map { [$0] }, trusting: trust, connectsAgain: connectsAgain, answering: answers)
    }
}

extension CommandFailure {
    /// Why there is no connection.
    init(_ error: TransportError) {
        switch error {
        case .unreachable:
            self.init(.network, "no server can be reached", hint: "see --host, and whether this machine is connected")
        case .certificate:
            self.init(
                .network, "the server's certificate is not for this domain, or nobody who is trusted vouches for it",
                hint: "nothing was said to it; a private authority is given with --ca FILE")
        case .tls: self.init(.network, "TLS failed")
        case .lost: self.init(.network, "the connection was lost")
        case .timedOut: self.init(.network, "the server does not answer")
        case .authorities: self.init(.usage, "the file that --ca names has no certificates that can be read")
        case .stream(let error): self.init(error)
        }
    }

    private init(_ error: StreamError) {
        switch error {
        case .notEncrypted:
            self.init(
                .downgrade, "the server offers no TLS, or somebody in between has taken the offer away",
                hint: "nothing was said to it; see --direct-tls")
        case .injected:
            self.init(.downgrade, "somebody has put words into the connection before TLS: nothing was said")
        case .login(let error): self.init(error)
        case .xml(.limit): self.init(.limitExceeded, "the server sent more than a stanza may have")
        case .xml: self.init(.malformed, "what the server sent is no stream of XMPP")
        case .unexpected: self.init(.malformed, "the server said something that has no place there")
        case .ended(let condition): self.init(.network, "the server ended the stream: \(condition)")
        case .notBound(let condition): self.init(.network, "the server gave no address: \(condition)")
        case .notRegistered("conflict"):
            self.init(.loginRefused, "there is an account of this name already", hint: "nothing was changed")
        case .notRegistered(let condition):
            self.init(
                .loginRefused, "the server does not register this account: \(condition)",
                hint: "many servers want it done on their web page")
        case .overflow: self.init(.limitExceeded, "the server confirms nothing of what it is sent")
        }
    }

    private init(_ error: LoginError) {
        switch error {
        case .noMechanism:
            self.init(
                .loginRefused, "the server offers no way to log in that is safe here",
                hint: "--plain lets the password itself be sent, under TLS")
        case .downgraded: self.init(.downgrade, "the server offers a weaker login than before")
        case .offerChanged: self.init(.downgrade, "the server offered other logins than those that came here")
        case .iterations(let count):
            self.init(.downgrade, "the server wants \(count) rounds of hashing: 4096 to 1000000 are taken")
        case .serverUnproven: self.init(.unauthentic, "the server does not know the password either: it is not the one")
        case .malformed: self.init(.malformed, "what the server says of the login makes no sense")
        case .refused(let condition):
            self.init(.loginRefused, "the server refuses the login: \(condition)", hint: "is the password right?")
        case .passwordNeeded: self.init(.loginRefused, "the password is needed")
        }
    }
}

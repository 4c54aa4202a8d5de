// Owns a server of Prosody on loopback, with an authority of its own, for the time of a test. It must not know what is tried with it.

public import Foundation
internal import Glibc

/// A throw-away server for `tern.test`: STARTTLS and direct TLS, registration, personal events, archives, stream management.
public final class Prosody {
    /// Where its files are.
    public let folder: URL
    /// Its port for STARTTLS.
    public let port: Int
    /// Its port for TLS from the first byte.
    public let directPort: Int
    /// The file with the authority that vouches for it.
    public var authority: String { folder.appending(path: "authority.crt").path }

    private var process: Process?

    /// Why there is no server.
    public enum Refusal: Error {
        case notReady(log: String)
        case noCertificate
    }

    /// The domain that it serves.
    public static let domain = "tern.test"

    /// Starts one.
    /// - Parameters:
    ///   - certificateFor: The domain that its certificate names.
    ///   - settings: More lines for its configuration.
    public init(certificateFor domain: String = Prosody.domain, settings: String = "") throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tern-prosody-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "data"), withIntermediateDirectories: true)
        (port, directPort) = (try FreePort.find(), try FreePort.find())
        try makeCertificate(for: domain)
        try configuration(settings).write(
            to: folder.appending(path: "prosody.cfg.lua"), atomically: true, encoding: .utf8)
        try start()
    }

    /// Starts it, again perhaps, with what it had stored.
    public func start() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/prosody")
        process.arguments = ["--config", folder.appending(path: "prosody.cfg.lua").path, "-F"]
        let output = folder.appending(path: "output").path
        _ = FileManager.default.createFile(atPath: output, contents: nil)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
        process.standardError = process.standardOutput
        try process.run()
        self.process = process
        let end = ContinuousClock.now + .seconds(30)
        while !(isListening(port) && isListening(directPort)) {
            guard process.isRunning, .now < end else {
                let log = (try? String(contentsOf: folder.appending(path: "prosody.log"), encoding: .utf8)) ?? ""
                throw Refusal.notReady(log: String(log.suffix(2000)))
            }
            usleep(20_000)
        }
    }

    /// Ends it as a loss of power would.
    public func kill() {
        guard let process else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    /// Lets it do nothing for a while, as if the network between had gone.
    public func freeze() {
        if let process { Glibc.kill(process.processIdentifier, SIGSTOP) }
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: folder)
    }

    private func isListening(_ port: Int) -> Bool {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private func makeCertificate(for domain: String) throws {
        let script = """
            set -e
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3 -subj '/CN=Tern test authority' \
            -keyout authority.key -out authority.crt -addext basicConstraints=critical,CA:TRUE \
            -addext keyUsage=critical,keyCertSign
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=server' -keyout server.key -out server.csr
            printf 'subjectAltName=DNS:%s,DNS:*.%s\\nbasicConstraints=CA:FALSE\\nextendedKeyUsage=serverAuth\\n' "$0" "$0" >extensions
            openssl x509 -req -in server.csr -CA authority.crt -CAkey authority.key -CAcreateserial -days 3 \
            -extfile extensions -out server.crt
            """
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script, domain]
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Refusal.noCertificate }
    }

    private func configuration(_ more: String) -> String {
        let path = folder.path
        return """
            pidfile = "\(path)/prosody.pid"
            data_path = "\(path)/data"
            run_as_root = true
            interfaces = { "127.0.0.1" }
            local_interfaces = { "127.0.0.1" }
            c2s_ports = { \(port) }
            c2s_direct_tls_ports = { \(directPort) }
            s2s_ports = { }
            modules_disabled = { "s2s" }
            ssl = { key = "\(path)/server.key"; certificate = "\(path)/server.crt" }
            c2s_require_encryption = true
            authentication = "internal_hashed"
            storage = "internal"
            allow_registration = true
            modules_enabled = {
                "disco"; "roster"; "saslauth"; "tls"; "carbons"; "mam"; "pep"; "smacks"; "register"; "ping"; "offline"; "posix"
            }
            smacks_hibernation_time = 600
            log = { info = "\(path)/prosody.log" }
            \(more)
            VirtualHost "\(Prosody.domain)"
            """
    }
}

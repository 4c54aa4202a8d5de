// Owns a short-lived GnuPG home with the foreign program `gpg` in it, and a workshop of ours: another implementation writes what we
// read, and reads what we write.

import Foundation
import Testing

import TernCore
import TernCrypto
import TernPGP
import TernXML

/// Alice's home `a`, where `gpg` is at work, and Bob, who has Tern. Both know each other's keys.
struct GnuPGRig {
    let folder: String
    let alice: BareJID
    let bob: BareJID
    let workshop: PGPWorkshop
    let identity: PGPIdentity
    private(set) var aliceKey = ""
    var bobKey: String { identity.fingerprint.hex }
    static let start = Timestamp(seconds: 1_795_376_595)

    /// Lets `body` use a rig; then agents and homes go, whatever happened.
    static func use(_ body: (GnuPGRig) async throws -> Void) async throws {
        let folder = "/tmp/tp\(UInt32.random(in: 0...UInt32.max))"
        defer {
            for name in ["a", "r"] { endAgent("\(folder)/\(name)") }
            try? FileManager.default.removeItem(atPath: folder)
        }
        let rig = try GnuPGRig(folder)
        defer { rig.workshop.close() }
        try await body(rig)
    }

    /// Ends the agent of a home and waits until its process is gone, or waits for nothing but its parent.
    private static func endAgent(_ home: String) {
        let answer = try? run("gpg-connect-agent", ["--homedir", home, "--no-autostart", "GETINFO pid", "/bye"])
        _ = try? run("gpgconf", ["--homedir", home, "--kill", "all"])
        let line = String(decoding: answer ?? [], as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("D ") }
        guard let process = line.flatMap({ pid_t($0.dropFirst(2)) }) else { return }
        func runs() -> Bool {
            guard let line = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
            return !line.contains(") Z ")
        }
        for _ in 0..<500 where runs() { usleep(10_000) }
        #expect(!runs())
    }

    private init(_ folder: String) throws {
        self.folder = folder
        alice = try BareJID("alice@example.org")
        bob = try BareJID("bob@example.org")
        try FileManager.default.createDirectory(
            atPath: "\(folder)/a", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try Data("s2k-count 65536\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/a/gpg-agent.conf"))
        workshop = PGPWorkshop(within: folder)
        identity = try workshop.makeIdentity(for: bob, at: GnuPGRig.start)
        aliceKey = try generate("a", "xmpp:\(alice)")
        try gpg("a", ["--import"], identity.certificate.bytes)
    }

    /// What Tern makes of a key of Alice's home.
    func examine(_ key: String) throws -> ExaminedKey {
        try workshop.examine(gpg("a", ["--export", key])).get()
    }

    /// What Bob knows of somebody, whose keys are in Alice's home.
    func correspondent(
        _ jid: BareJID, _ keys: [String], trust: Trust = .verified, announced: [String]? = nil
    ) throws -> PGPCorrespondent {
        var peer = PGPPeer()
        peer.announced = try (announced ?? keys).map { .init(try Fingerprint(hex: $0), date: nil) }
        for key in keys {
            let examined = try examine(key)
            peer[examined.certificate.fingerprint] = PGPKey(
                examined, of: jid, trust: trust, seen: GnuPGRig.start, asOf: GnuPGRig.start)
        }
        return PGPCorrespondent(peer, policy: .blind)
    }

    /// Bob's conversation with Alice.
    func session(
        trust: Trust = .verified, keys: [String]? = nil, as scheme: Scheme = .ox
    ) throws -> PGPSession {
        try PGPSession(
            account: bob, with: .account(alice), as: scheme, identity: identity,
            knowing: [alice: try correspondent(alice, keys ?? [aliceKey], trust: trust)], in: workshop)
    }

    func incoming(_ message: [UInt8]) throws -> Incoming {
        let element = Element("openpgp", namespace: "urn:xmpp:openpgp:0", text: Base64.encode(message.span))
        return Incoming(.element(element), from: try JID("\(alice)/home"), to: JID(bob))
    }

    /// Makes a key that certifies, with subkeys that sign and encrypt, and gives its fingerprint.
    func generate(_ home: String, _ user: String, passphrase: String = "") throws -> String {
        let said = try String(
            decoding: gpg(
                home, ["--status-fd", "1", "--quick-generate-key", user, "ed25519", "cert", "never"],
                passphrase: passphrase), as: UTF8.self)
        let line = try #require(said.split(separator: "\n").first { $0.contains(" KEY_CREATED ") })
        let fingerprint = String(line.suffix(40))
        for (algorithm, usage) in [("ed25519", "sign"), ("cv25519", "encr")] {
            try gpg(home, ["--quick-add-key", fingerprint, algorithm, usage, "never"], passphrase: passphrase)
        }
        return fingerprint
    }

    /// A certificate of Alice's home, taken back with what gpg keeps for that.
    func revoked(_ key: String) throws -> [UInt8] {
        let path = "\(folder)/a/openpgp-revocs.d/\(key).rev"
        let text = try String(contentsOfFile: path, encoding: .utf8).replacing(":-----BEGIN", with: "-----BEGIN")
        let plain = try gpg("a", ["--export", key])
        let other = "\(folder)/r"
        try FileManager.default.createDirectory(
            atPath: other, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try gpg("r", ["--import"], plain)
        // where it trusts always, gpg has no trust database, and without one it takes no revocation
        try GnuPGRig.run("gpg", ["--homedir", other, "--batch", "--quiet", "--import"], Array(text.utf8))
        return try gpg("r", ["--export", key])
    }

    /// The last packet of a certificate, which is a signature.
    func lastPacket(_ bytes: [UInt8]) -> [UInt8]? {
        var place = 0
        var last: [UInt8]?
        while place + 2 < bytes.count {
            let size = 2 + Int(bytes[place + 1])
            // old format with one or two octets of length, as gpg writes
            let isLong = bytes[place] & 3 == 1
            let length = isLong ? 3 + Int(bytes[place + 1]) << 8 + Int(bytes[place + 2]) : size
            guard place + length <= bytes.count else { return nil }
            last = Array(bytes[place..<place + length])
            place += length
        }
        return last
    }

    @discardableResult
    func gpg(
        _ home: String, _ arguments: [String], _ input: [UInt8] = [], passphrase: String = ""
    ) throws -> [UInt8] {
        let manners = [
            "--homedir", "\(folder)/\(home)", "--batch", "--yes", "--quiet", "--no-auto-check-trustdb", "--trust-model",
            "always", "--pinentry-mode", "loopback", "--passphrase", passphrase,
        ]
        return try GnuPGRig.run("gpg", manners + arguments, input)
    }

    /// What gpg says on its status descriptor.
    func status(_ home: String, _ arguments: [String], _ input: [UInt8]) throws -> [String] {
        let output = try gpg(home, ["--status-fd", "1", "-o", "/dev/null"] + arguments, input)
        return String(decoding: output, as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("[GNUPG:] ") }.map { String($0.dropFirst(9)) }
    }

    /// Lets gpg check a signature that stands apart.
    func verifyDetached(_ data: String, _ text: String) throws {
        let armor = "-----BEGIN PGP SIGNATURE-----\n\n\(data)\n-----END PGP SIGNATURE-----\n"
        try Data(armor.utf8).write(to: URL(fileURLWithPath: "\(folder)/sig"))
        try gpg("a", ["--verify", "\(folder)/sig", "-"], Array(text.utf8))
    }

    @discardableResult
    static func run(_ program: String, _ arguments: [String], _ input: [UInt8] = []) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/\(program)")
        process.arguments = arguments
        let (standardInput, standardOutput) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        process.standardError = FileHandle.nullDevice
        try process.run()
        // gpg reads all of such short input before it writes.
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input))
        try standardInput.fileHandleForWriting.close()
        let output = try standardOutput.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(program: program, arguments: arguments) }
        return Array(output)
    }

    struct Failure: Error {
        let program: String
        let arguments: [String]
    }
}

// Owns two short-lived GnuPG homes and the foreign program `gpg` in them: another implementation writes what we read.

import Foundation
import Testing

import TernCore
import TernCrypto
import TernPGP
import TernXML

/// Alice's home, where `gpg` writes, and Bob's, where Tern reads. Both know each other's keys.
struct GnuPGRig {
    let folder: String
    let alice: BareJID
    let bob: BareJID
    private(set) var aliceKey = ""
    private(set) var bobKey = ""

    /// Lets `body` use a rig; then agents and homes go, whatever happened.
    static func use(_ body: (GnuPGRig) async throws -> Void) async throws {
        let folder = "/tmp/tp\(UInt32.random(in: 0...UInt32.max))"
        defer {
            for name in ["a", "b"] { endAgent("\(folder)/\(name)") }
            try? FileManager.default.removeItem(atPath: folder)
        }
        try await body(GnuPGRig(folder))
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
        for name in ["a", "b"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(name)", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        aliceKey = try generate("a", "xmpp:\(alice)")
        bobKey = try generate("b", "xmpp:\(bob)")
        try gpg("b", ["--import"], gpg("a", ["--export", aliceKey]))
        try gpg("a", ["--import"], gpg("b", ["--export", bobKey]))
    }

    /// A session that reads what Alice sends to Bob.
    func session(trust: Trust = .verified, peerKey: String? = nil) throws -> PGPSession {
        PGPSession(
            account: bob, peer: alice, peerKey: try Fingerprint(hex: peerKey ?? aliceKey), trust: trust,
            home: try GnuPGHome("\(folder)/b"))
    }

    func incoming(_ message: [UInt8]) throws -> Incoming {
        let element = Element("openpgp", namespace: "urn:xmpp:openpgp:0", text: Base64.encode(message.span))
        return Incoming(.element(element), from: try JID("\(alice)/home"), to: JID(bob))
    }

    /// Makes a key that certifies, with subkeys that sign and encrypt, and gives its fingerprint.
    func generate(_ home: String, _ user: String) throws -> String {
        try gpg(home, ["--quick-generate-key", user, "ed25519", "cert", "never"])
        let list = try String(decoding: gpg(home, ["--with-colons", "--list-secret-keys", user]), as: UTF8.self)
        let line = try #require(list.split(separator: "\n").first { $0.hasPrefix("fpr:") })
        let fingerprint = String(line.split(separator: ":", omittingEmptySubsequences: false)[9])
        try gpg(home, ["--quick-add-key", fingerprint, "ed25519", "sign", "never"])
        try gpg(home, ["--quick-add-key", fingerprint, "cv25519", "encr", "never"])
        return fingerprint
    }

    @discardableResult
    func gpg(_ home: String, _ arguments: [String], _ input: [UInt8] = []) throws -> [UInt8] {
        let manners = [
            "--homedir", "\(folder)/\(home)", "--batch", "--yes", "--quiet", "--no-auto-check-trustdb", "--trust-model",
            "always", "--pinentry-mode", "loopback", "--passphrase", "",
        ]
        return try GnuPGRig.run("gpg", manners + arguments, input)
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

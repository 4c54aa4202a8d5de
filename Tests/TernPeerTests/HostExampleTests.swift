// The host in docs/examples, which is the network of a `tern rpc`, against python-omemo: what it publishes is what others
// fetch, what they send it reads.

import Foundation
import TernJSON
import TernTestKit
import Testing

@Suite(.serialized, .foreignPeers) struct HostExampleTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "tern-\(UUID().uuidString)")

    private var server: URL { folder.appending(path: "server") }

    /// Runs the example.
    @discardableResult
    private func host(_ arguments: [String]) throws -> (output: String, errors: String, status: Int32) {
        let process = Process()
        let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["python3", root.appending(path: "docs/examples/host.py").path, folder.appending(path: "store").path]
            + [server.path] + arguments
        var environment = ProcessInfo.processInfo.environment
        environment["PATH"] =
            BuiltPrograms.path(of: "tern").deletingLastPathComponent().path + ":" + (environment["PATH"] ?? "/usr/bin")
        process.environment = environment
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let read = output.fileHandleForReading.readDataToEndOfFile()
        let said = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (String(decoding: read, as: UTF8.self), String(decoding: said, as: UTF8.self), process.terminationStatus)
    }

    private func place(_ jid: String, _ node: String) -> URL {
        let quoted = { (text: String) in
            text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "_.-~"))) ?? text
        }
        return server.appending(path: quoted(jid)).appending(path: quoted(node))
    }

    private func put(_ payload: String, _ jid: String, _ node: String, _ item: String) throws {
        let place = place(jid, node)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try Data(payload.utf8).write(to: place.appending(path: "\(item).xml"))
    }

    private func published(_ jid: String, _ node: String) throws -> [String] {
        let files = try FileManager.default.contentsOfDirectory(at: place(jid, node), includingPropertiesForKeys: nil)
        return try files.sorted { $0.path < $1.path }.map { try String(contentsOf: $0, encoding: .utf8) }
    }

    private func encrypted(in stanza: String) throws -> String {
        let start = try #require(stanza.range(of: "<encrypted"))
        let end = try #require(stanza.range(of: "</encrypted>"))
        return String(stanza[start.lowerBound..<end.upperBound])
    }

    @Test(arguments: ForeignDevice.Version.allCases)
    func aHostInPythonIsTheNetwork(_ version: ForeignDevice.Version) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (alice, bob) = ("alice@example.org", "bob@example.net")
        let peer = try ForeignPeer(.pythonOMEMO)
        defer { peer.stop() }
        let foreign = try ForeignDevice(peer, bob, 2222, version)
        let (lists, bundles, item) =
            version == .omemo2
            ? ("urn:xmpp:omemo:2:devices", "urn:xmpp:omemo:2:bundles", "2222")
            : ("eu.siacs.conversations.axolotl.devicelist", "eu.siacs.conversations.axolotl.bundles:2222", "current")
        try put(foreign.list, bob, lists, "current")
        try put(try foreign.bundle(), bob, bundles, item)

        let created = try host(["create", alice])
        #expect(created.status == 0, "\(created.errors)")
        let sent = try host(["send", bob, "Hello from a script"])
        #expect(sent.status == 0, "\(sent.errors)")
        let mail = try published(bob, "mail")
        #expect(mail.count == 1)
        let first = try #require(mail.first)
        let device = try #require(Int(first.firstMatch(of: /sid='([0-9]+)'/)?.1 ?? ""))
        let place = ForeignDevice.Place(jid: alice, device: device)
        let bundleNode = version == .omemo2 ? bundles : "eu.siacs.conversations.axolotl.bundles:\(device)"
        // python-omemo reads messages of those only whose bundle it has
        try foreign.learn(place, bundle: try #require(try published(alice, bundleNode).first))
        let opened = try foreign.decrypt(try encrypted(in: first), from: alice)
        #expect(opened.text == "Hello from a script" && opened.device == device)

        let answer = try foreign.encrypt("Hello from python-omemo", to: [place])
        try put("<message xmlns='jabber:client' from='\(bob)' to='\(alice)'>\(answer)</message>", alice, "mail", "1")
        let file = self.place(alice, "mail").appending(path: "1.xml").path
        let read = try host(["read", file])
        #expect(read.output == "Hello from python-omemo\n", "\(read.errors)")

        // And the other way round: a stranger fetches what the host has published, and begins.
        let carol = try ForeignDevice(peer, "carol@example.net", 3333, version)
        try carol.learn(place, bundle: try #require(try published(alice, bundleNode).first))
        let begun = try carol.encrypt("Hello from a stranger", to: [place])
        let stanza = "<message xmlns='jabber:client' from='carol@example.net' to='\(alice)'>\(begun)</message>"
        try put(stanza, alice, "mail", "2")
        let before = try published(alice, bundleNode).first
        let second = try host(["read", self.place(alice, "mail").appending(path: "2.xml").path])
        #expect(second.output == "Hello from a stranger\n", "\(second.errors)")
        // The bundle is there again without the prekey that was used, and the key exchange is answered.
        #expect(try published(alice, bundleNode).first != before)
        let answers = try published("carol@example.net", "mail")
        #expect(answers.count == 1)
        #expect(try carol.decrypt(try encrypted(in: try #require(answers.first)), from: alice).text == nil)
    }
}

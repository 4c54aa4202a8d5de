// Every command, as a person sees it.

import Foundation
import Testing

@Suite struct TranscriptTests {
    static let files: [String] = {
        let folder = Command.root.appending(path: "Tests/TernCLITests/Transcripts").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().map { folder + "/" + $0 }
    }()

    @Test(arguments: files)
    func theCommandDoesWhatTheTranscriptSays(_ path: String) throws {
        let exchanges = Exchange.read(try String(contentsOfFile: path, encoding: .utf8))
        #expect(!exchanges.isEmpty)
        let folder = FileManager.default.temporaryDirectory.appending(path: "tern-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        for exchange in exchanges {
            let finished = try Command.shell(exchange.line, environment: ["T": folder.path])
            let output = finished.outputLines, errors = finished.errorLines
            #expect(Exchange.fits(output[...], exchange.output[...]), "\(exchange.line)\n\(finished.output)")
            #expect(Exchange.fits(errors[...], exchange.errors[...]), "\(exchange.line)\n\(finished.errors)")
            #expect(finished.status == exchange.status, "\(exchange.line)")
        }
    }

    @Test func everyCommandHasATranscript() throws {
        let texts = try Self.files.map { try String(contentsOfFile: $0, encoding: .utf8) }.joined()
        let commands = [
            "vectors list", "vectors run", "vectors explain", "vectors record", "bench list", "bench run",
            "completions bash",
            "account create", "account list", "account show", "account export", "account import",
            "account delete", "contact add", "contact list",
            "contact show", "contact trust", "contact distrust", "contact verify", "contact policy", "contact opt-out",
            "contact forget",
            "otr query", "otr step", "otr smp", "otr end", "otr keys", "otr export", "otr policy", "otr pipe",
            "otr symkey",
            "otr file",
            "pgp setup", "pgp key", "pgp announce", "pgp sign", "pgp verify", "pgp backup", "pgp restore", "sop",
            "xmpp register", "xmpp check", "xmpp publish", "xmpp fetch", "xmpp send", "xmpp listen",
            "room list", "room show", "room import", "room set", "room forget",
            "bundle show",
            "bundle import", "encrypt", "decrypt", "outbox list", "outbox take", "outbox ack", "omemo status",
            "omemo devices", "file encrypt", "file decrypt", "omemo reset", "omemo rotate", "omemo leave", "omemo join",
            "doctor", "completions zsh",
            "completions fish", "man",
            "version",
        ]
        for command in commands {
            let pattern = "tern( --store [^ ]+)? \(command)"
            #expect(texts.range(of: pattern, options: .regularExpression) != nil, "\(command)")
        }
    }
}

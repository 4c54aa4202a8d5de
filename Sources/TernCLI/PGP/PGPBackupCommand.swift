// Owns `tern pgp backup`: the secret key as it is kept on a server, and the code that opens it.

internal import ArgumentParser
internal import Glibc
internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernInput
internal import TernJSON
internal import TernPGP

/// `tern pgp backup`.
struct PGPBackupCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Encrypt the secret key with a new code, to be kept on the server.",
        discussion: """
            Prints the item of the node urn:xmpp:openpgp:0:secret-key, which nobody but its owner may read, for another \
            program or 'tern pgp restore'. The code of 24 characters opens it: it is shown on the terminal, or written to \
            --code-file for nobody else to read, and kept nowhere. Write it down.

            Example:
              tern pgp backup --code-file code > backup.xml
            """)

    @Option(
        help: ArgumentHelp("Write the code to this file, which must not be there.", valueName: "file"),
        completion: .file())
    var codeFile: String?

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        guard codeFile != nil || (console.canDraw && console.workplace.held == nil) else {
            throw CommandFailure(
                .usage, "there is no terminal to show the code on", hint: "--code-file FILE writes it there")
        }
        let account = try await options.openAccount(in: console.workplace)
        var entropy = SystemEntropy()
        let code = BackupCode(from: &entropy)
        let words = code.passphrase
        let publication: Publication
        do throws(SessionError) {
            publication = try await account.pgpBackup(with: code, at: Timestamp.now)
        } catch .materialMissing {
            throw CommandFailure(noKeyOf: account.jid)
        } catch .unsupported {
            throw CommandFailure(
                .unsupported, "the key lives in a GnuPG home of its own",
                hint: "gpg --export-secret-keys makes a backup")
        } catch {
            throw CommandFailure(pgp: error)
        }
        // the code first: a backup that nothing opens is worse than none
        if let codeFile {
            try PGPBackupCommand.write(words, to: console.workplace.path(codeFile))
        } else {
            console.draw("tern: the code, to be written down: \(String(decoding: words.exposed(), as: UTF8.self))\n")
        }
        let xml = try PubSubItems.text(publication)
        guard console.json else {
            console.print(verbatim: xml)
            return .success
        }
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "publication"
        object["jid"] = .string(account.jid.description)
        object["node"] = .string(publication.node.name)
        if let item = publication.node.item { object["item"] = .string(item) }
        object["xml"] = .string(xml)
        console.print(.object(object))
        return .success
    }

    private static func write(_ code: borrowing SecretBytes, to path: String) throws(CommandFailure) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(errno == EEXIST ? .usage : .storage, "\(path): \(SystemText.describe(errno))")
        }
        defer { close(descriptor) }
        var line = SecretBytes(count: code.count + 1)
        for index in 0..<code.count {
            var span = line.mutableSpan
            span[index] = code.span[index]
        }
        var span = line.mutableSpan
        span[code.count] = UInt8(ascii: "\n")
        let written = line.withSpan { line in
            unsafe line.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        }
        guard written == line.count, fsync(descriptor) == 0 else {
            throw CommandFailure(.storage, "\(path): \(SystemText.describe(errno))")
        }
    }
}

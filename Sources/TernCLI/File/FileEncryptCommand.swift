// Owns `tern file encrypt`. It must not know how a file is encrypted.

internal import ArgumentParser
internal import Glibc
internal import TernCore
internal import TernCrypto
internal import TernInput
internal import TernJSON

/// `tern file encrypt`.
struct FileEncryptCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "encrypt", abstract: "Encrypt a file under a new key, and print the link to it.",
        discussion: """
            The link is the body of the message that shares the file: aesgcm://, where the file lies, and the key. Whoever \
            has it can read the file, so it goes into an encrypted message and nowhere else. It is never to be made \
            clickable: a browser might tell the key to the server.

            The ciphertext is 16 bytes longer than the file, which is what an upload slot is asked for. Where the address \
            is not known yet, leave --url out: what is printed then begins with #, and goes behind the address, in which \
            aesgcm takes the place of https.

            No account is needed.

            Examples:
              tern file encrypt photo.jpg --output photo.enc --url https://example.org/f/photo.enc
              end=$(tern file encrypt photo.jpg --output photo.enc); printf 'aesgcm%s%s\\n' "${url#https}" "$end"
            """)

    @Option(
        help: ArgumentHelp("Where the ciphertext goes; - is standard output.", valueName: "file"), completion: .file())
    var output: String

    @Option(help: ArgumentHelp("Where others fetch the file from, an https address.", valueName: "url"))
    var url: String?

    @Option(
        help: ArgumentHelp("A small JPEG that goes with the link, best 5 KiB.", valueName: "file"),
        completion: .file(extensions: ["jpg", "jpeg"]))
    var thumbnail: String?

    @Flag(help: "Replace files that are there.")
    var force = false

    @Argument(help: ArgumentHelp("The file to encrypt; - is standard input.", valueName: "file"), completion: .file())
    var file: String

    @OptionGroup var link: LinkOptions

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try LinkOptions.refuseLinks(in: [output, url, thumbnail, file, link.linkFile])
        guard output != "-" || !options.json else {
            throw ValidationError("With --json the ciphertext goes to a file")
        }
        guard output != "-" || !link.isStandard else {
            throw ValidationError("The ciphertext goes to standard output, so the link needs --link-file or --link-fd")
        }
    }

    func execute(_ console: Console) throws(CommandFailure) -> ExitStatus {
        var entropy = SystemEntropy()
        let message = try message(MediaKey(from: &entropy), console)
        let linkTarget = try linkTarget(console)
        let input: InputStream
        do throws(InputError) {
            input = try console.workplace.open(file)
        } catch {
            throw CommandFailure(error)
        }
        let sink: any ByteSink =
            output == "-"
            ? StandardOutputSink(console: console)
            : try NamelessFile(console.workplace.path(output), mayReplace: force, isPrivate: false)
        let size = try FileTransformation.encrypt(input, message.link.key, to: sink, console)
        try sink.keep()
        try print(message.body(), of: size, to: linkTarget, console)
        return .success
    }

    /// All that goes into the message, before any work is done.
    private func message(_ key: consuming MediaKey, _ console: Console) throws(CommandFailure) -> MediaMessage {
        var picture: [UInt8]?
        if let thumbnail {
            do throws(InputError) {
                picture = try console.workplace.open(thumbnail).readAll(limit: MediaMessage.maximumThumbnail)
            } catch {
                throw CommandFailure(error)
            }
        }
        var place: MediaPlace?
        if let url {
            do throws(MediaError) {
                place = try MediaPlace(url: url)
            } catch {
                let reason = error == .wrongScheme ? "it does not begin with https://" : CommandFailure(error).message
                throw CommandFailure(.usage, "--url takes the https address of the file: \(reason)")
            }
        }
        do throws(MediaError) {
            return try MediaMessage(MediaLink(place, key), thumbnail: picture)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Where the link goes if not to standard output.
    private func linkTarget(_ console: Console) throws(CommandFailure) -> (any ByteSink)? {
        if let path = link.linkFile {
            return try NamelessFile(console.workplace.path(path), mayReplace: force, isPrivate: true)
        }
        guard let descriptor = link.linkFd else { return nil }
        guard fcntl(descriptor, F_GETFD) >= 0 else {
            throw CommandFailure(.usage, "--link-fd names a descriptor that is closed")
        }
        return DescriptorSink(descriptor)
    }

    private func print(
        _ body: consuming SecretBytes, of size: UInt64, to target: (any ByteSink)?, _ console: Console
    ) throws(CommandFailure) {
        if let target {
            try target.write(body.span)
            try target.write([UInt8(ascii: "\n")].span)
            try target.keep()
        }
        guard console.json else {
            guard target == nil else { return }
            try console.print(body.span)
            return console.print(verbatim: "\n")
        }
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "encryptedFile"
        object["output"] = .string(output)
        object["size"] = .number(String(size))
        if target == nil { object["message"] = .string(String(decoding: body.exposed(), as: UTF8.self)) }
        console.print(.object(object))
    }
}

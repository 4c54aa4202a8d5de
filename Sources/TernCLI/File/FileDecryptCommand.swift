// Owns `tern file decrypt`. It must not know how a file is decrypted.

internal import ArgumentParser
internal import TernCore
internal import TernCrypto
internal import TernInput
internal import TernJSON

/// `tern file decrypt`.
struct FileDecryptCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "decrypt", abstract: "Decrypt a file that was shared by a link.",
        discussion: """
            Takes the link, or the whole body of the message that it came in, from standard input. Nothing is fetched: the \
            ciphertext is a file. It is read twice, and no byte is written before all of it was authenticated; a ciphertext \
            from a pipe is first kept in a temporary file, encrypted as it is. The plaintext gets its name when it is \
            complete.

            A thumbnail behind the link is passed over unless --thumbnail names a file for it. No account is needed.

            Examples:
              tern decrypt --from bob@example.org message.xml | tern file decrypt photo.enc --output photo.jpg
              curl -s "$url" | tern file decrypt - --output photo.jpg --link-file link
            """)

    @Option(
        help: ArgumentHelp("Where the plaintext goes; - is standard output.", valueName: "file"), completion: .file())
    var output: String

    @Option(
        help: ArgumentHelp("Where the thumbnail goes that came with the link.", valueName: "file"), completion: .file())
    var thumbnail: String?

    @Flag(help: "Replace files that are there.")
    var force = false

    @Argument(
        help: ArgumentHelp("The encrypted file; - is standard input.", valueName: "ciphertext"), completion: .file())
    var ciphertext: String

    @OptionGroup var link: LinkOptions

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try LinkOptions.refuseLinks(in: [output, thumbnail, ciphertext, link.linkFile])
        guard output != "-" || !options.json else { throw ValidationError("With --json the plaintext goes to a file") }
        guard ciphertext != "-" || !link.isStandard else {
            throw ValidationError("The ciphertext is standard input, so the link needs --link-file or --link-fd")
        }
    }

    func execute(_ console: Console) throws(CommandFailure) -> ExitStatus {
        let input: InputStream
        do throws(InputError) {
            input = try console.workplace.open(ciphertext)
        } catch {
            throw CommandFailure(error)
        }
        // A program that gives the ciphertext may write the link after it.
        let ciphertext = try CiphertextSpool.file(of: input, console)
        let message = try link.read(console, mayAsk: !options.noInput)
        // names that are taken are refused before any work is done
        let sink: any ByteSink =
            output == "-"
            ? StandardOutputSink(console: console)
            : try NamelessFile(console.workplace.path(output), mayReplace: force, isPrivate: true)
        var picture: NamelessFile?
        if let thumbnail, message.thumbnail != nil {
            picture = try NamelessFile(console.workplace.path(thumbnail), mayReplace: force, isPrivate: true)
        }
        let sections = CiphertextSections(ciphertext)
        let size = try FileTransformation.decrypt(sections, message.link.key, to: sink, console)
        if let picture, let bytes = message.thumbnail { try picture.write(bytes.span) }
        try sink.keep()
        try picture?.keep()
        if thumbnail != nil, picture == nil { console.note("no thumbnail came with the link") }
        if console.json {
            var object = JSONObject()
            object["v"] = 1
            object["type"] = "decryptedFile"
            object["output"] = .string(output)
            object["size"] = .number(String(size))
            if picture != nil { object["thumbnail"] = .string(thumbnail ?? "") }
            console.print(.object(object))
        }
        return .success
    }
}

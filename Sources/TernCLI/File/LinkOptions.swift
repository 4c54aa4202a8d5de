// Owns where the link to a file is read from and written to: never the command line, where every process can read it.

internal import ArgumentParser
internal import Glibc
internal import TernCore
internal import TernCrypto
internal import TernInput

/// The options for a link that does not go through the standard streams.
struct LinkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The file that the link is in, in place of the standard stream.", valueName: "file"),
        completion: .file())
    var linkFile: String?

    @Option(help: ArgumentHelp("The descriptor for the link, in place of the standard stream.", valueName: "n"))
    var linkFd: Int32?

    /// Whether the link takes the standard stream.
    var isStandard: Bool { linkFile == nil && linkFd == nil }

    func validate() throws {
        guard linkFile == nil || linkFd == nil else {
            throw ValidationError("Only one of --link-file and --link-fd can be given")
        }
        guard (linkFd ?? 0) >= 0 else { throw ValidationError("--link-fd takes the number of a descriptor") }
    }

    /// Refuses a key where a name or an address should be, without repeating it.
    static func refuseLinks(in arguments: [String?]) throws {
        guard arguments.contains(where: { $0?.lowercased().hasPrefix("aesgcm:") ?? false }) else { return }
        throw ValidationError(
            "A link holds the key and must not be an argument, which every process can read: give it on standard "
                + "input, with --link-file or with --link-fd")
    }

    /// Reads a link, or the end of one from the # on, and perhaps a thumbnail behind it.
    func read(_ console: Console, mayAsk: Bool) throws(CommandFailure) -> MediaMessage {
        let text = try text(console, mayAsk: mayAsk)
        do throws(MediaError) {
            return try MediaMessage(body: text.span, mayLackPlace: true)
        } catch {
            throw CommandFailure(error)
        }
    }

    private func text(_ console: Console, mayAsk: Bool) throws(CommandFailure) -> SecretBytes {
        let isTyped: Bool
        do throws(InputError) {
            var input: InputStream
            if let linkFd {
                input = try InputStream(descriptor: linkFd)
            } else {
                input = try console.workplace.open(linkFile)
            }
            isTyped = isStandard && input.isTerminal
            if !isTyped { return try SecretBytes(allOf: &input, limit: MediaMessage.maximumLength) }
        } catch {
            throw CommandFailure(error)
        }
        // a terminal would show the key and keep it to be scrolled back to
        return try SecretSource.terminal.read("link", mayAsk: mayAsk)
    }
}

// Owns asking a person at the terminal for a secret, without showing what is typed. It must not know what it is for.

internal import Glibc
internal import TernCrypto
internal import TernInput

/// A question at the terminal.
struct SecretPrompt {
    private let terminal: String

    /// - Parameter terminal: The terminal of this process, whatever its standard streams are.
    init(terminal: String = "/dev/tty") {
        self.terminal = terminal
    }

    /// Asks, and gives the line that was typed.
    func ask(_ name: String) throws(CommandFailure) -> SecretBytes {
        let descriptor = unsafe open(terminal, O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0, isatty(descriptor) == 1 else {
            if descriptor >= 0 { close(descriptor) }
            throw CommandFailure(
                .usage, "the \(name) is needed, and there is no terminal to ask for it",
                hint: "--passphrase-fd and --passphrase-file read it from elsewhere")
        }
        defer { close(descriptor) }
        guard HiddenTyping.begin(descriptor) else {
            throw CommandFailure(.usage, "the terminal does not let typing be hidden")
        }
        defer {
            HiddenTyping.end()
            SecretPrompt.show("\n", descriptor)
        }
        SecretPrompt.show("\(name): ", descriptor)
        do throws(InputError) {
            var input = try InputStream(descriptor: descriptor)
            let line = try SecretBytes(lineOf: &input, limit: SecretSource.limit)
            guard line.count > 0 else { throw InputError(.unreadable, "", "the \(name) is empty") }
            return line
        } catch {
            throw CommandFailure(.usage, error.detail)
        }
    }

    private static func show(_ text: String, _ descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    }
}

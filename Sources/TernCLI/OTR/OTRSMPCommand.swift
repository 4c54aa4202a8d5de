// Owns `tern otr smp`: comparing a secret. It must not know how that is done.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernOTR

/// `tern otr smp`.
struct OTRSMPCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "smp", abstract: "Compare a secret with the other end: the right one verifies its key.",
        discussion: """
            The secret is bytes: both have to write it the same. With a question only who asks learns something. What fails \
            is a guess: after three within an hour nothing is compared. Prints the stanza to send; the answer comes with \
            'tern otr step'.

            Examples:
              tern otr smp --to bob@example.org/home --question 'Where did we meet?' --secret-file place.txt
              tern otr smp --to bob@example.org/home --answer --secret-fd 3 3< answer.txt
            """)

    @Option(help: ArgumentHelp("With whom.", valueName: "jid/resource"), transform: GlobalOptions.fullAddress)
    var to: JID

    @Option(help: ArgumentHelp("A question whose answer is the secret; the other end reads it.", valueName: "text"))
    var question: String?

    @Flag(help: "Answer a comparison that the other end has begun.")
    var answer = false

    @Flag(help: "Give up a comparison.")
    var abort = false

    @Option(help: ArgumentHelp("Read the secret from a descriptor, its first line.", valueName: "n"))
    var secretFd: Int32?

    @Option(
        help: ArgumentHelp("Read the secret from a file, its first line.", valueName: "file"), completion: .file())
    var secretFile: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard [answer, abort, question != nil].filter({ $0 }).count <= 1 else {
            throw ValidationError("Only one of --question, --answer and --abort can be given")
        }
        guard secretFd == nil || secretFile == nil else {
            throw ValidationError("Only one of --secret-fd and --secret-file can be given")
        }
        guard (secretFd ?? 0) >= 0 else { throw ValidationError("--secret-fd takes the number of a descriptor") }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let request: OTRRequest
        if abort {
            request = .abortVerification
        } else {
            let secret = SharedSecret(try secret(console.workplace))
            request = answer ? .answer(secret) : .verify(secret, question: question)
        }
        let account = try await options.openAccount(in: console.workplace)
        return try await OTRReport(request, with: to, of: account).tell(account, console)
    }

    private func secret(_ workplace: Workplace) throws(CommandFailure) -> SecretBytes {
        let name = "secret to compare"
        let given = try SecretSource.given(
            name, file: secretFile, descriptor: secretFd, hint: "give --secret-fd 0 or --secret-file", in: workplace)
        if let given { return given }
        return try SecretSource.terminal.read(name, mayAsk: !options.noInput)
    }
}

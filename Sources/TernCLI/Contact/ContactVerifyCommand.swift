// Owns `tern contact verify`: keys that people have compared, or that were carried from one screen to another.

internal import ArgumentParser
internal import TernCore
internal import TernInput
internal import TernOMEMO

/// `tern contact verify`.
struct ContactVerifyCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Say that a key was compared with its owner.",
        discussion: """
            The key is a fingerprint, or an address as a QR code or a link gives it: xmpp:JID?omemo-sid-… or \
            xmpp:JID?trust-message;…, also on standard input (-). Where a device has another key than the one that was \
            compared, nothing changes and the exit code is 4 or 5. Keys in an address that no device is known to have yet \
            are decided about in advance.

            Example:
              tern contact verify bob@example.org 'a4685641 b5616a9f 3510a6b4 89f6cc28 dd85f8aa 06b8c6e0 a4767699 37e31022'
              tern contact verify 'xmpp:bob@example.org?omemo-sid-42=a4685641b5616a9f3510a6b489f6cc28dd85f8aa06b8c6e0a476769937e31022'
            """)

    @Option(help: ArgumentHelp("The device that is meant; all without it.", valueName: "n"))
    var device: UInt32?

    @Argument(help: ArgumentHelp("The address, or one that carries keys.", valueName: "jid"))
    var subject: String

    @Argument(help: ArgumentHelp("The key that is meant, in any grouping.", valueName: "fingerprint"))
    var fingerprint: [String] = []

    @OptionGroup var options: GlobalOptions

    private var carriesKeys: Bool { subject == "-" || subject.lowercased().hasPrefix("xmpp:") }

    func validate() throws {
        if carriesKeys {
            guard fingerprint.isEmpty, device == nil else {
                throw ValidationError("an address that carries keys says itself which are meant")
            }
            return
        }
        _ = try GlobalOptions.address(subject)
        guard !fingerprint.isEmpty else {
            throw ValidationError("Missing expected argument '<fingerprint> ...'")
        }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        if carriesKeys {
            return try await URIDecision(try text(console.workplace)).execute(options, console)
        }
        guard let jid = try? BareJID(subject) else {
            throw CommandFailure(.usage, "not an address like you@example.org")
        }
        return try await TrustDecision(.verified, jid, device: device, fingerprint)
            .execute(options, mayReplace: false, console)
    }

    private func text(_ workplace: Workplace) throws(CommandFailure) -> String {
        guard subject == "-" else { return subject }
        let bytes: [UInt8]
        do throws(InputError) {
            bytes = try workplace.open(nil).readAll(limit: VerificationURI.limit)
        } catch {
            throw CommandFailure(error)
        }
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.malformed, "the address is not UTF-8")
        }
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}

// Owns the family `tern otr`. It must not know what its commands do.

internal import ArgumentParser
internal import TernCore

/// `tern otr`.
struct OTRCommand: CommandFamily {
    static let configuration = CommandConfiguration(
        commandName: "otr", abstract: "Live conversations of OTR, one process a message or one for many.",
        discussion: """
            A conversation is with one program of somebody, by the address with its resource, and lives in the store between two \
            commands. That has a price: whoever can read the store can read what comes until both sides have spoken again. \
            Nothing is answered for strangers: 'tern otr query' begins, and takes up what was offered.

            Example:
              tern otr query --to bob@example.org/home
            """,
        subcommands: [
            OTRQueryCommand.self, OTRStepCommand.self, OTRSMPCommand.self, OTREndCommand.self, OTRPipeCommand.self,
            OTRKeysCommand.self, OTRExportCommand.self, OTRPolicyCommand.self, OTRSymkeyCommand.self,
            OTRFileCommand.self,
        ])

    @OptionGroup var options: GlobalOptions
}

extension GlobalOptions {
    /// Parses an address with its resource.
    static func fullAddress(_ text: String) throws -> JID {
        guard let jid = try? JID(text), jid.resource != nil else {
            throw ValidationError("OTR is spoken with one program: give an address like bob@example.org/home")
        }
        return jid
    }
}

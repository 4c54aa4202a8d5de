// Owns the family `tern xmpp`. It must not know what its commands do.

internal import ArgumentParser

/// `tern xmpp`.
struct XMPPCommand: CommandFamily {
    static let configuration = CommandConfiguration(
        commandName: "xmpp", abstract: "Talk with other people's clients over their servers.",
        discussion: """
            The account is one of the store; its password comes from a descriptor, a file or a prompt, and is kept nowhere. \
            The server is the one that the account's domain names, unless --host does. Nothing is said to it before TLS and \
            its certificate are right.

            Example:
              tern xmpp register && tern xmpp publish && echo Hello | tern xmpp send bob@example.org
            """,
        subcommands: [
            XMPPRegisterCommand.self, XMPPCheckCommand.self, XMPPPublishCommand.self, XMPPFetchCommand.self,
            XMPPSendCommand.self, XMPPListenCommand.self,
        ])

    @OptionGroup var options: GlobalOptions
}

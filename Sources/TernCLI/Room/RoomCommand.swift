// Owns the family `tern room`. It must not know what its commands do.

internal import ArgumentParser

/// `tern room`.
struct RoomCommand: CommandFamily {
    static let configuration = CommandConfiguration(
        commandName: "room", abstract: "Rooms, and for whom their messages are encrypted.",
        discussion: """
            A message to a room is encrypted for its owners, admins and members, whether they are there or not, by the \
            addresses of their accounts. Which those are, the room says to whoever asks: it has to show real addresses.

            Example:
              tern room import room@muc.example.org --whole lists.xml
            """,
        subcommands: [
            RoomListCommand.self, RoomShowCommand.self, RoomImportCommand.self, RoomSetCommand.self,
            RoomForgetCommand.self,
        ])

    @OptionGroup var options: GlobalOptions
}

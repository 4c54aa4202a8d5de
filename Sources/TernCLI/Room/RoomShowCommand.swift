// Owns `tern room show`. It changes nothing.

internal import ArgumentParser
internal import TernCore

/// `tern room show`.
struct RoomShowCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show who belongs to a room.",
        discussion: "Example:\n  tern room show room@muc.example.org")

    @Argument(help: ArgumentHelp("The room.", valueName: "room"), transform: GlobalOptions.address)
    var room: BareJID

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        try await RoomSummary(room, of: account).print(console)
        return .success
    }
}

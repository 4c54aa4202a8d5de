// Owns `tern room forget`.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON

/// `tern room forget`.
struct RoomForgetCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Forget who belongs to a room. What is known of its members stays.",
        discussion: "Example:\n  tern room forget room@muc.example.org")

    @Argument(help: ArgumentHelp("The room.", valueName: "room"), transform: GlobalOptions.address)
    var room: BareJID

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        do throws(SessionError) { try await account.forget(room: room) } catch { throw CommandFailure(error) }
        if console.json { console.print(.object(Removal(.room, room).object)) }
        return .success
    }
}

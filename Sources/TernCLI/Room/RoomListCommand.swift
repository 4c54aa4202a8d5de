// Owns `tern room list`. It changes nothing.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON

/// `tern room list`.
struct RoomListCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the rooms whose members are known.",
        discussion: "Example:\n  tern room list --json")

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        let rooms: [BareJID]
        do throws(SessionError) { rooms = try await account.rooms() } catch { throw CommandFailure(error) }
        for room in rooms {
            let summary = try await RoomSummary(room, of: account)
            if console.json { console.print(.object(summary.object)) } else { console.print(summary.line) }
        }
        return .success
    }
}

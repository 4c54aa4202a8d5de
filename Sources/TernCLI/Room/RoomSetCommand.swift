// Owns `tern room set`.

internal import ArgumentParser
internal import Tern
internal import TernCore

/// `tern room set`.
struct RoomSetCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Say how addresses belong to a room.",
        discussion: """
            For whoever knows it from elsewhere. This changes what is known here, and nothing in the room.

            Example:
              tern room set room@muc.example.org bob@example.org carol@example.org
            """)

    @Option(
        help: ArgumentHelp(
            "How they belong to it: owner, admin, member (also without this), none or outcast.",
            valueName: "affiliation"),
        transform: RoomSetCommand.affiliation)
    var affiliation = Affiliation.member

    @Argument(help: ArgumentHelp("The room.", valueName: "room"), transform: GlobalOptions.address)
    var room: BareJID

    @Argument(help: ArgumentHelp("Whose affiliation it is.", valueName: "jid"), transform: GlobalOptions.address)
    var addresses: [BareJID]

    @OptionGroup var options: GlobalOptions

    private static func affiliation(_ text: String) throws -> Affiliation {
        guard let affiliation = Affiliation(rawValue: text) else {
            throw ValidationError("There is owner, admin, member, none and outcast")
        }
        return affiliation
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        do throws(SessionError) {
            let members = addresses.map { RoomMember($0, affiliation) }
            try await account.learn(members, of: room, isWhole: false, at: Timestamp.now)
        } catch .limitExceeded {
            throw CommandFailure(.limitExceeded, "no room has so many members")
        } catch {
            throw CommandFailure(error)
        }
        try await RoomSummary(room, of: account).print(console)
        return .success
    }
}

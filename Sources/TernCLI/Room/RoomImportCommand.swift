// Owns `tern room import`: what a room says of its members, into the store. It must not know how that is spelled.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernInput
internal import TernXML

/// `tern room import`.
struct RoomImportCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take what a room says of its members.",
        discussion: """
            Reads the room's stanzas, one after the other, in the order in which they came: answers to the questions for its \
            lists of owners, admins and members (XEP-0045 §9.5, §10.5, §10.8), presences, and messages about affiliations. \
            All are taken, or none: an error among them takes nobody off.

            With --whole they are the answers to all three questions: whoever is in none of them belongs to the room no more.

            Example:
              tern room import room@muc.example.org --whole lists.xml
            """)

    @Flag(help: "These are all of the room's lists.")
    var whole = false

    @Argument(help: ArgumentHelp("The room.", valueName: "room"), transform: GlobalOptions.address)
    var room: BareJID

    @Argument(help: ArgumentHelp("The stanzas; - is standard input.", valueName: "file"), completion: .file())
    var file: String?

    @OptionGroup var options: GlobalOptions

    /// As much as the lists of the largest room take.
    private static let limit = 4 << 20

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let stanzas = try read(console.workplace)
        var members: [RoomMember] = []
        var (hidden, hasList) = (0, false)
        for (place, stanza) in stanzas.enumerated() {
            let report = try report(stanza, place + 1)
            members += report.members
            hidden += report.hidden
            hasList = hasList || report.isList
        }
        // nothing is no answer: it takes nobody off
        guard !stanzas.isEmpty, hasList || !whole else {
            throw CommandFailure(
                .malformed, stanzas.isEmpty ? "there is no stanza in this" : "there is no list among the stanzas",
                hint: "nothing has changed")
        }
        guard hidden == 0 || !members.isEmpty else {
            throw CommandFailure(
                .unsupported, "the room hides the addresses of its members",
                hint: "only a room that shows them to everybody can be encrypted for: its owner can set that")
        }
        let account = try await options.openAccount(in: console.workplace)
        do throws(SessionError) {
            try await account.learn(members, of: room, isWhole: whole, at: Timestamp.now)
        } catch .limitExceeded {
            throw CommandFailure(.limitExceeded, "no room has so many members")
        } catch {
            throw CommandFailure(error)
        }
        if hidden > 0 { console.note("\(counted(hidden, "occupant")) did not show an address, and are left out") }
        try await RoomSummary(room, of: account).print(console)
        return .success
    }

    private func report(_ stanza: Element, _ number: Int) throws(CommandFailure) -> RoomReport {
        guard let from = stanza["from"].map({ try? JID($0) }) ?? JID(room), from.bare == room else {
            throw CommandFailure(.unauthentic, "stanza \(number) does not come from \(room)")
        }
        do throws(SessionError) {
            return try RoomReport(stanza)
        } catch .unsupported {
            throw CommandFailure(
                .unsupported, "stanza \(number) says nothing of the room's members",
                hint: "it should have the <query> of muc#admin or the <x> of muc#user in it")
        } catch .malformed where stanza["type"] == "error" {
            throw CommandFailure(
                .missingMaterial, "stanza \(number) is an error, which says nothing of the room's members",
                hint: "nothing has changed")
        } catch {
            throw CommandFailure(error)
        }
    }

    private func read(_ workplace: Workplace) throws(CommandFailure) -> [Element] {
        let document: [UInt8]
        do throws(InputError) {
            document = try workplace.open(file).readAll(limit: RoomImportCommand.limit)
        } catch {
            throw CommandFailure(error)
        }
        do throws(XMLError) {
            return try ElementSequence.read(document, in: "jabber:client")
        } catch {
            throw CommandFailure(error)
        }
    }
}

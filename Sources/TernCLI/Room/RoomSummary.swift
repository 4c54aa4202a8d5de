// Owns how a room and its members are told to people and programs. It must not know where what is known of them lies.

internal import Tern
internal import TernCore
internal import TernJSON
internal import TernStore

/// A room and who belongs to it.
struct RoomSummary {
    private let room: BareJID
    private let members: [RoomMember]

    /// - Throws: `missingMaterial` where nothing is known of the room.
    init(_ room: BareJID, of account: Account<AccountStore>) async throws(CommandFailure) {
        self.room = room
        let known: [RoomMember]?
        do throws(SessionError) { known = try await account.members(of: room) } catch { throw CommandFailure(error) }
        guard let known else {
            throw CommandFailure(
                .missingMaterial, "nothing is known of \(room)", hint: "see 'tern room list' and 'tern room import'")
        }
        members = known
    }

    /// For programs.
    var object: JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "room"
        object["jid"] = .string(room.description)
        object["members"] = .array(
            members.map {
                ["jid": .string($0.jid.description), "affiliation": .string($0.affiliation.rawValue)]
            })
        return object
    }

    /// For people, in a line.
    var line: String { "\(safe(room.description))  \(counted(members.count, "member"))" }

    /// For people or programs, whole.
    func print(_ console: Console) {
        guard !console.json else { return console.print(.object(object)) }
        console.print(line)
        for member in members { console.print("  \(safe(member.jid.description))  \(member.affiliation.rawValue)") }
    }
}

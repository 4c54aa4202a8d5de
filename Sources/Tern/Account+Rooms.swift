// Owns what an account knows of rooms. It must not know what is said there.

public import TernCore
internal import TernOMEMO

extension Account {
    /// The rooms whose members are known.
    public func rooms() throws(SessionError) -> [BareJID] {
        try engine.read { machine, transaction throws(SessionError) in try machine.rooms(in: transaction) }
    }

    /// Who belongs to a room; none where nothing is known of it.
    public func members(of room: BareJID) throws(SessionError) -> [RoomMember]? {
        try engine.read { machine, transaction throws(SessionError) in
            try machine.members(of: room, in: transaction)
        }
    }

    /// Takes what a room says of its members; see ``TernOMEMO/OMEMOMachine/learn(_:of:isWhole:at:in:)``.
    public func learn(
        _ members: [RoomMember], of room: BareJID, isWhole: Bool, at now: Timestamp
    ) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.learn(members, of: room, isWhole: isWhole, at: now, in: &transaction)
        }
    }

    /// Forgets a room. What is known of its members stays.
    public func forget(room: BareJID) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.forget(room: room, in: &transaction)
        }
    }
}

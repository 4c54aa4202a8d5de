// Owns who talks in a session: two encoded identity keys, and the associated data that is made of them.

/// The two ends of a session, as far as the ratchet knows them.
public struct Parties: Sendable, Hashable {
    /// This device's encoded identity key. The sessions of a device share the array.
    public let local: [UInt8]
    /// The other device's encoded identity key, as received.
    public let remote: [UInt8]
    /// Whether this side started the session.
    public let isInitiator: Bool

    /// Puts the three together.
    public init(local: [UInt8], remote: [UInt8], isInitiator: Bool) {
        self.local = local
        self.remote = remote
        self.isInitiator = isInitiator
    }

    /// Bytes of associated data.
    var associatedDataLength: Int { local.count + remote.count }

    /// Writes the associated data of a message in the given direction. `output` has ``associatedDataLength`` bytes.
    @_lifetime(output: copy output)
    func writeAssociatedData(sending: Bool, suite: Suite, into output: inout MutableSpan<UInt8>) {
        let localFirst =
            switch suite.associatedData {
            case .senderFirst: sending
            case .initiatorFirst: isInitiator
            }
        let (first, second) = localFirst ? (local, remote) : (remote, local)
        for index in first.indices { output[index] = first[index] }
        for index in second.indices { output[first.count + index] = second[index] }
    }
}

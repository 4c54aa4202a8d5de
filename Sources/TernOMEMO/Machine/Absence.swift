// Owns what it means that something is not there. It must not know who has looked.

public import TernCore
internal import TernRatchet

extension OMEMOMachine {
    /// Takes note that a node does not exist. An account without a device list has no devices in that version; a list that
    /// is known is not shortened because of it (XEP-0384 §usecases-announcing).
    public func learn(
        absent node: Node, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        guard let version = DeviceList.version(ofNode: node.name) else { return }
        guard node.owner != account else {
            // nobody else has announced anything, or the list is gone
            _ = try noteSeen(version, in: &transaction)
            guard left == nil else { return }
            return try enqueue(.publishDeviceList(version), in: &transaction)
        }
        let contact = try cache.changing(node.owner, in: &transaction)
        guard contact.list(version)?.devices.isEmpty != false else { return }
        try contact.setList(KnownList([], received: now), version, in: &transaction)
    }
}

// Owns what a person changes in this account's own device lists. It must not know how they are published.

public import TernCore
internal import TernCrypto
internal import TernXML

extension OMEMOMachine {
    /// Takes another device off this account's own lists, and has them published: nobody encrypts to it any more. What is
    /// known of it stays, so that what it sent before can be read.
    /// - Throws: ``TernCore/SessionError/misuse`` for this device itself, ``TernCore/SessionError/materialMissing`` for one
    ///   that is on no list.
    public func removeFromLists(
        _ id: DeviceID, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        guard id != own.id else { throw .misuse }
        let contact = try cache.changing(account, in: &transaction)
        var isListed = false
        for version in Version.allCases {
            guard var list = contact.list(version), list.devices.contains(id) else { continue }
            isListed = true
            list.devices.removeAll { $0 == id }
            list.received = now
            try contact.setList(list, version, in: &transaction)
            try enqueue(.publishDeviceList(version), in: &transaction)
        }
        guard isListed else { throw .materialMissing }
    }

    /// Names this device, and has the list of OMEMO 2 published, in which alone there are names.
    /// - Parameter label: The name; an empty one takes it away.
    /// - Throws: ``TernCore/SessionError/limitExceeded`` for more than ``ListedDevice/labelLimit`` bytes of UTF-8,
    ///   ``TernCore/SessionError/malformed`` for what XML cannot carry.
    public func setLabel(_ label: String, in transaction: inout some StoreTransaction) throws(SessionError) {
        guard label.utf8.count <= ListedDevice.labelLimit else { throw .limitExceeded }
        guard (try? Element("label", namespace: "", attributes: ["text": label]).serialized()) != nil else {
            throw .malformed
        }
        var settings = try settings(in: transaction)
        guard settings.label != label else { return }
        settings.label = label
        try transaction.save(settings.record, .setting, Setting.account)
        try enqueue(.publishDeviceList(.v2), in: &transaction)
    }
}

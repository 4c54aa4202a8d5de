// Owns how something that was taken is told to people and programs. It must not know how it was taken.

internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernPGP

/// A device list or bundle that was taken.
struct ImportReport {
    private let unit: ImportUnit
    private let events: [Event]
    private let devices: [DeviceStanding]
    private let own: DeviceAddress

    /// - Parameters:
    ///   - devices: What is known of the account's devices now.
    ///   - own: This device.
    init(_ unit: ImportUnit, _ events: [Event], _ devices: [DeviceStanding], _ own: DeviceAddress) {
        self.unit = unit
        self.events = events
        self.devices = devices
        self.own = own
    }

    /// Prints a line of data; what is new to a person goes to standard error as well.
    func tell(_ console: Console) {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "imported"
        object["jid"] = .string(unit.node.owner.description)
        object["node"] = .string(unit.node.name)
        if let item = unit.node.item { object["item"] = .string(item) }
        var words = "\(unit.node.owner)  "
        if unit.isAbsent {
            object["kind"] = "absent"
            words += "no node \(unit.node.name)"
        } else if let version = DeviceList.version(ofNode: unit.node.name),
            let list = try? DeviceList(items: unit.items, version: version)
        {
            words += add(list, to: &object)
        } else if let bundle = BundlePlace(unit.node) {
            words += add(bundle, to: &object)
        } else if unit.node.name == PublicKeyList.node, let list = try? PublicKeyList(unit.items) {
            words += add(list, to: &object)
        } else if let key = PublicKeyItem.key(ofNode: unit.node.name) {
            object["kind"] = "publicKey"
            object["scheme"] = "ox"
            object["fingerprint"] = .string(key.hex)
            let isNew = events.contains {
                if case .keyAccepted = $0 { true } else if case .keyUndecided = $0 { true } else { false }
            }
            object["state"] = isNew ? "new" : "known"
            words += "public key, ox, \(isNew ? "new" : "known"): \(key.pgpGrouped)"
        }
        object["events"] = .array(events.map(\.json))
        if console.json {
            console.print(.object(object))
        } else {
            console.print(safe(words))
            for event in events { console.note(event) }
        }
    }

    private func add(_ list: DeviceList, to object: inout JSONObject) -> String {
        object["kind"] = "deviceList"
        object["scheme"] = .string(list.version.scheme.rawValue)
        object["devices"] = .array(list.devices.map { .number($0.id.description) })
        object["passedOver"] = .number(String(list.refused))
        let numbers = list.devices.map(\.id.description).joined(separator: " ")
        return "device list of \(counted(list.devices.count, "device")), \(list.version.scheme.rawValue): \(numbers)"
            + passedOver(list.refused)
    }

    private func add(_ list: PublicKeyList, to object: inout JSONObject) -> String {
        object["kind"] = "publicKeyList"
        object["scheme"] = "ox"
        object["keys"] = .array(list.entries.map { .string($0.fingerprint.hex) })
        object["passedOver"] = .number(String(list.refused))
        let keys = list.entries.map(\.fingerprint.pgpGrouped).joined(separator: ", ")
        return "list of \(counted(list.entries.count, "key")), ox: \(keys)" + passedOver(list.refused)
    }

    private func add(_ place: BundlePlace, to object: inout JSONObject) -> String {
        let address = DeviceAddress(unit.node.owner, place.device)
        object["kind"] = "bundle"
        object["scheme"] = .string(place.version.scheme.rawValue)
        object["device"] = .number(place.device.description)
        let isNew = events.contains { if case .device(address, .new) = $0 { true } else { false } }
        let state = address == own ? "own" : isNew ? "new" : "known"
        object["state"] = .string(state)
        var words = "bundle of device \(place.device), \(place.version.scheme.rawValue), \(state)"
        if let fingerprint = devices.first(where: { $0.address == address })?.fingerprint {
            object["fingerprint"] = .string(fingerprint.grouped)
            words += ": \(fingerprint.grouped)"
        }
        let bundle = unit.items.first.flatMap { try? Bundle($0.payload, version: place.version) }
        object["passedOver"] = .number(String(bundle?.refused ?? 0))
        return words + passedOver(bundle?.refused ?? 0)
    }

    /// What was damaged and is of no use, while the rest is.
    private func passedOver(_ count: Int) -> String {
        count == 0 ? "" : count == 1 ? " (1 entry was passed over)" : " (\(count) entries were passed over)"
    }
}

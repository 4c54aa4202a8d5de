// Owns the single things that an import takes or refuses: one device list, one bundle. It must not know how they are kept.

internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernPGP

/// One device list or bundle among what was read, or something that can be refused before anybody learns it.
struct ImportUnit {
    let node: Node
    let items: [Item]
    /// Why it is not even tried.
    let failure: CommandFailure?
    /// Whether there is no such node.
    let isAbsent: Bool
    /// Whether it is known which node it is about.
    private let hasNode: Bool

    /// The units of what was read for an account.
    static func units(_ part: PubSubDocument.Part, of owner: BareJID) -> [ImportUnit] {
        switch part {
        case .damaged(let failure):
            return [ImportUnit(node: Node(owner, ""), items: [], failure: failure, hasNode: false)]
        case .absent(let node, let said):
            guard said ?? owner == owner else {
                let failure = CommandFailure(.unauthentic, "the stanza names another account than --from: \(node)")
                return [ImportUnit(node: Node(owner, node), items: [], failure: failure, hasNode: true)]
            }
            return [ImportUnit(absent: node, of: owner)]
        case .items(let items):
            // A list is one of its items, each bundle is for itself. Without any there is still something to be refused.
            guard DeviceList.version(ofNode: items.node) == nil, !isOpenPGP(items.node), !items.entries.isEmpty else {
                return [ImportUnit(items.entries, of: items, owner)]
            }
            return items.entries.map { ImportUnit([$0], of: items, owner) }
        }
    }

    private init(_ entries: [PubSubItems.Entry], of published: PubSubItems, _ owner: BareJID) {
        let items = entries.compactMap { entry in entry.payload.map { Item(id: entry.id, payload: $0) } }
        let node = Node(owner, published.node, item: entries.last?.id)
        let failure: CommandFailure?
        if published.owner ?? owner != owner {
            failure = CommandFailure(.unauthentic, "the stanza names another account than --from: \(node.words)")
        } else if DeviceList.version(ofNode: node.name) == nil, !BundlePlace.isNode(node.name),
            !ImportUnit.isOpenPGP(node.name)
        {
            failure = CommandFailure(.unsupported, "this is no node of OMEMO or OX: \(node.words)")
        } else if items.isEmpty {
            failure = CommandFailure(.malformed, "there is nothing in this: \(node.words)")
        } else {
            failure = nil
        }
        self.init(node: node, items: items, failure: failure, hasNode: true)
    }

    /// Whether a node is one of OX.
    static func isOpenPGP(_ name: String) -> Bool {
        name == PublicKeyList.node || PublicKeyItem.key(ofNode: name) != nil
    }

    /// Whether it is one of OX.
    var isOpenPGP: Bool { ImportUnit.isOpenPGP(node.name) }

    /// A node that does not exist.
    init(absent node: String, of owner: BareJID) {
        let isKnown =
            DeviceList.version(ofNode: node) != nil || BundlePlace.isNode(node) || ImportUnit.isOpenPGP(node)
        let failure =
            isKnown ? nil : CommandFailure(.unsupported, "this is no node of OMEMO or OX: \(node) of \(owner)")
        self.init(node: Node(owner, node), items: [], failure: failure, hasNode: true, isAbsent: isKnown)
    }

    private init(
        node: Node, items: [Item], failure: CommandFailure?, hasNode: Bool, isAbsent: Bool = false
    ) {
        self.isAbsent = isAbsent
        self.node = node
        self.items = items
        self.failure = failure
        self.hasNode = hasNode
    }

    /// What a refusal of the engine is called here.
    /// - Parameters:
    ///   - own: This device.
    ///   - devices: What is known of the account's devices.
    func refusal(_ error: SessionError, _ own: DeviceAddress, _ devices: [DeviceStanding]) -> CommandFailure {
        switch error {
        case .untrusted where DeviceAddress(node.owner, BundlePlace(node)?.device ?? own.device) == own:
            CommandFailure(
                .untrusted, "somebody else has published a bundle in the place of this device's: \(node.words)",
                hint: "publish this device's again: tern bundle show")
        case .unauthentic: CommandFailure(.unauthentic, "the signature of this bundle does not fit: \(node.words)")
        case .untrusted: keyChange(devices)
        case .unsupported: CommandFailure(.unsupported, "this is no node of OMEMO: \(node.words)")
        case .malformed: CommandFailure(.malformed, "this is not what the specification says: \(node.words)")
        case .materialMissing:
            CommandFailure(.missingMaterial, "this bundle has no one-time prekey that can be used: \(node.words)")
        default: CommandFailure(error)
        }
    }

    private func keyChange(_ devices: [DeviceStanding]) -> CommandFailure {
        guard let place = BundlePlace(node), let item = items.first,
            let bundle = try? Bundle(item.payload, version: place.version),
            let accepted = devices.first(where: { $0.address.device == place.device })?.fingerprint
        else { return CommandFailure(.untrusted, "this device has another key than the accepted one: \(node.words)") }
        let address = DeviceAddress(node.owner, place.device)
        let event = Event.device(address, .keyChanged(accepted: accepted, now: bundle.fingerprint))
        return CommandFailure(changed: event.words ?? node.words, address, bundle.fingerprint)
    }

    /// The object of something that was refused while others were taken.
    func object(_ failure: CommandFailure) -> JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "refused"
        object["jid"] = .string(node.owner.description)
        if hasNode { object["node"] = .string(node.name) }
        if let item = node.item { object["item"] = .string(item) }
        object["code"] = .string(failure.code.rawValue)
        object["exit"] = .number(String(failure.status.rawValue))
        object["message"] = .string(failure.message)
        if let hint = failure.hint { object["hint"] = .string(hint) }
        return object
    }
}

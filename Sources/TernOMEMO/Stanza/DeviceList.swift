// Owns an account's device list in both versions: its nodes, its element, what of it is believed.
// It must not know who is trusted.

public import TernCore
internal import TernCrypto
public import TernXML

/// The devices that an account announces (XEP-0384 §devices; 0.3.0 §usecases-announcing).
public struct DeviceList: Hashable, Sendable {
    /// Entries that are read at most: far more than anybody's devices, those counted that were never removed.
    public static let limit = 1000

    /// The version that it is published for.
    public let version: Version
    /// In the list's order, each number once.
    public let devices: [ListedDevice]
    /// Entries that were passed over: no number, one that no device has, or beyond ``limit``.
    public let refused: Int

    /// A list to be published. A number that is there twice is taken once.
    public init(_ devices: [ListedDevice], version: Version) {
        self.init(devices, version: version, refused: 0)
    }

    /// Reads a list. Single entries that are damaged are passed over.
    /// - Throws: ``TernCore/SessionError/malformed`` for another element.
    public init(_ element: Element, version: Version) throws(SessionError) {
        let spelling = version.spelling
        guard element.matches(spelling.deviceList, version.namespace) else { throw .malformed }
        let entries = element.elements("device")
        let devices = entries.prefix(DeviceList.limit).compactMap { entry -> ListedDevice? in
            guard let number = entry["id"], let id = try? DeviceID(number) else { return nil }
            guard spelling.hasLabels else { return ListedDevice(id) }
            // 64 bytes take 88 digits
            let signature = entry["labelsig"].flatMap { text -> [UInt8]? in
                text.utf8.count <= 256 ? try? Base64.decode(text, tolerating: .whiteSpace) : nil
            }
            return ListedDevice(id, label: entry["label"], signature: signature)
        }
        self.init(devices, version: version, refused: entries.count - devices.count)
    }

    /// Reads what a node holds: the item that every client writes, or else the last.
    /// - Throws: ``TernCore/SessionError/malformed`` where there is no item, or something else in it.
    public init(items: [Item], version: Version) throws(SessionError) {
        guard let item = items.last(where: { $0.id == Spelling.currentItem }) ?? items.last else { throw .malformed }
        try self.init(item.payload, version: version)
    }

    private init(_ devices: [ListedDevice], version: Version, refused: Int) {
        var seen: Set<DeviceID> = []
        self.version = version
        self.devices = devices.filter { seen.insert($0.id).inserted }
        self.refused = refused
    }

    /// Whether a device is on the list.
    public func contains(_ device: DeviceID) -> Bool {
        devices.contains { $0.id == device }
    }

    /// The element.
    public var element: Element {
        let entries = devices.map { device in
            var entry = Element("device", namespace: version.namespace)
            entry["id"] = device.id.description
            if version.spelling.hasLabels, let label = device.label, let signature = device.labelSignature {
                entry["label"] = label
                entry["labelsig"] = Base64.encode(signature.span)
            }
            return entry
        }
        return Element(version.spelling.deviceList, namespace: version.namespace, elements: entries)
    }
}

// MARK: - Where it stands

extension DeviceList {
    /// The node to fetch or to subscribe to.
    public static func node(of owner: BareJID, version: Version) -> Node {
        Node(owner, version.spelling.deviceListNode)
    }

    /// The list as `owner` publishes it.
    public func publication(for owner: BareJID) -> Publication {
        let node = Node(owner, version.spelling.deviceListNode, item: Spelling.currentItem)
        return Publication(element, at: node, access: .everybody)
    }

    /// The version whose device lists have the node `name`.
    public static func version(ofNode name: String) -> Version? {
        Version.allCases.first { $0.spelling.deviceListNode == name }
    }

    /// The version whose device list `element` is.
    public static func version(of element: Element) -> Version? {
        Version.allCases.first { element.matches($0.spelling.deviceList, $0.namespace) }
    }
}

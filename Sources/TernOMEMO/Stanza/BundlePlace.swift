// Owns where bundles are published in both versions. It must not know what is in them.

public import TernCore

/// Where a device's bundle stands, and how a place is recognised.
public struct BundlePlace: Hashable, Sendable {
    /// Whose bundle.
    public let device: DeviceID
    /// In which version.
    public let version: Version

    /// The place of a device's bundle.
    public init(_ device: DeviceID, version: Version) {
        self.device = device
        self.version = version
    }

    /// The device whose bundle a node and item are, where they are any's.
    public init?(_ node: Node) {
        self.init(node: node.name, item: node.item)
    }

    /// The device whose bundle a node and item are, where they are any's.
    public init?(node name: String, item: String?) {
        for version in Version.allCases {
            let spelling = version.spelling
            guard name.hasPrefix(spelling.bundleNode) else { continue }
            let rest = String(name.dropFirst(spelling.bundleNode.count))
            guard spelling.hasNodePerDevice || rest.isEmpty,
                let device = try? DeviceID(spelling.hasNodePerDevice ? rest : item ?? "")
            else { return nil }
            self.init(device, version: version)
            return
        }
        return nil
    }

    /// Whether bundles stand at the node `name`, for whatever device.
    public static func isNode(_ name: String) -> Bool {
        Version.allCases.contains { version in
            let spelling = version.spelling
            return spelling.hasNodePerDevice ? name.hasPrefix(spelling.bundleNode) : name == spelling.bundleNode
        }
    }

    /// The node to fetch: the newest item of a device's own node, or the device's item among the others'.
    public func node(of owner: BareJID) -> Node {
        let spelling = version.spelling
        return spelling.hasNodePerDevice
            ? Node(owner, spelling.bundleNode + device.description)
            : Node(owner, spelling.bundleNode, item: device.description)
    }

    /// The item to publish.
    public func publishedNode(of owner: BareJID) -> Node {
        let fetched = node(of: owner)
        return Node(owner, fetched.name, item: fetched.item ?? Spelling.currentItem)
    }

    /// A bundle as `owner` publishes it.
    /// - Throws: As ``Bundle/element()`` does, and ``TernCore/SessionError/misuse`` for the other version's.
    public func publication(of bundle: Bundle, for owner: BareJID) throws(SessionError) -> Publication {
        guard bundle.version == version else { throw .misuse }
        return Publication(try bundle.element(), at: publishedNode(of: owner), access: .everybody)
    }
}

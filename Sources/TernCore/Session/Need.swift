// Owns what a session asks its host for, and how it is answered. It must not know what a node holds.

public import TernXML

/// What a session cannot do by itself.
public enum Need: Sendable {
    /// Fetch the items of a node: a device list, a bundle, public keys.
    case fetch(Node)
    /// Publish an item.
    case publish(Publication)
    /// Take away an item, or a whole node where none is named.
    case retract(Node)
    /// Compute; see ``Job``.
    case work(Job)
}

/// What came of a ``Need``.
public enum Answer: Sendable {
    /// To ``Need/fetch(_:)``.
    case fetched(Node, Fetched)
    /// To ``Need/publish(_:)``.
    case published(Node, Published)
    /// To ``Need/retract(_:)``; what is not there was taken away.
    case retracted(Node, Published)
    /// To ``Need/work(_:)``.
    case worked(Job.Receipt)
}

/// What came of fetching a node.
public enum Fetched: Hashable, Sendable {
    /// The node is there and holds these items.
    case found([Item])
    /// The server says that there is no such node or item. This is an answer: what was looked for does not exist.
    case absent
    /// No answer, or an error that says nothing about the node. Nothing may be concluded from it.
    case failed(isWorthRepeating: Bool)
}

/// What came of publishing, or of taking away.
public enum Published: Hashable, Sendable {
    /// The item is there for its readers, or is there no more.
    case done
    /// Nobody knows that.
    case failed(isWorthRepeating: Bool)
}

/// A place where an account publishes (XEP-0060, XEP-0163).
public struct Node: Hashable, Sendable {
    /// Whose it is.
    public let owner: BareJID
    /// The node's name, as the specification of the scheme gives it.
    public let name: String
    /// The one item that is meant; all of them, or the newest where the service keeps one, where there is none.
    public let item: String?

    /// The node `name` of `owner`.
    public init(_ owner: BareJID, _ name: String, item: String? = nil) {
        self.owner = owner
        self.name = name
        self.item = item
    }
}

/// What a node holds under one identifier.
public struct Item: Hashable, Sendable {
    /// The identifier, where the service tells it.
    public let id: String?
    /// What was published.
    public let payload: Element

    /// An item.
    public init(id: String?, payload: Element) {
        self.id = id
        self.payload = payload
    }
}

/// What is to be published, and for whom.
public struct Publication: Hashable, Sendable {
    /// Where; `item` names the item that is replaced.
    public let node: Node
    /// What.
    public let payload: Element
    /// Who may read it.
    public let access: Access

    /// Who may read a node.
    public enum Access: Hashable, Sendable {
        case everybody
        case ownerAlone
    }

    /// A publication.
    public init(_ payload: Element, at node: Node, access: Access) {
        self.node = node
        self.payload = payload
        self.access = access
    }
}

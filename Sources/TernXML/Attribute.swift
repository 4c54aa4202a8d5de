// Owns an attribute and its name. It must not know how a prefix is chosen.

/// An attribute with its namespace resolved.
public struct Attribute: Hashable, Sendable {
    /// The name.
    public let name: Name
    /// The value, unescaped.
    public var value: String

    /// What identifies an attribute within its element.
    public struct Name: Hashable, Sendable, Comparable {
        /// The name of the namespace; empty for the usual attribute, which has none.
        public let namespace: String
        /// The local name.
        public let local: String

        /// The name `local`, in no namespace unless one is given.
        public init(_ local: String, namespace: String = "") {
            self.local = local
            self.namespace = namespace
        }

        /// `xml:lang`.
        public static let language = Name("lang", namespace: Names.xml)

        /// By namespace, then by local name.
        public static func < (left: Name, right: Name) -> Bool {
            (left.namespace, left.local) < (right.namespace, right.local)
        }
    }
}

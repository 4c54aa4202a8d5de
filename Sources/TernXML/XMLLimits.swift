// Owns how much of a stranger's document is read.

/// What a document may cost.
public struct XMLLimits: Sendable {
    /// Bytes in the whole document. Texts and names in the tree are never longer.
    public var bytes: Int
    /// Elements inside each other, the root counted. It also bounds the recursion of whoever walks the tree.
    public var depth: Int
    /// Attributes of one element, namespace declarations counted.
    public var attributes: Int
    /// Bytes of a namespace. It is declared once and stands in every element of its scope.
    public var namespace: Int

    /// Limits for one stanza. 1 MiB is four times what servers let through; 64 levels are more than any specification nests,
    /// and 512 bytes several times what any calls a namespace.
    public init(bytes: Int = 1 << 20, depth: Int = 64, attributes: Int = 64, namespace: Int = 512) {
        self.bytes = min(bytes, Int(Int32.max))  // what one call of expat takes
        self.depth = depth
        self.attributes = attributes
        self.namespace = namespace
    }
}

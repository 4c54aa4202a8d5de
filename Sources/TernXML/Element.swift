// Owns the tree: what an element is, and the few verbs that build one and look into it.
// It must not know what any name or namespace means, nor how a tree is spelled.

/// An XML element with its namespace resolved.
///
/// Two elements are equal when an XMPP entity could not tell them apart: prefixes, the order of attributes and the way in
/// which text was cut into pieces do not count.
public struct Element: Hashable, Sendable {
    /// The local name.
    public var name: String
    /// The namespace's name; empty where there is none.
    public var namespace: String
    /// In the order of ``Attribute/Name``, each name once.
    public private(set) var attributes: [Attribute]
    /// Neighbouring texts are joined and empty ones dropped.
    public private(set) var children: [Child]

    /// What stands inside an element.
    public enum Child: Hashable, Sendable {
        case element(Element)
        case text(String)
    }

    /// An element that holds `children`. Names are not checked here but where the tree is written; see ``serialized(in:)``.
    public init(
        _ name: String, namespace: String, attributes: KeyValuePairs<String, String> = [:], children: [Child] = []
    ) {
        self.name = name
        self.namespace = namespace
        self.attributes = []
        self.children = []
        for (name, value) in attributes { self[name] = value }
        for child in children { append(child) }
    }

    /// An element that holds elements alone.
    public init(
        _ name: String, namespace: String, attributes: KeyValuePairs<String, String> = [:], elements: [Element]
    ) {
        self.init(name, namespace: namespace, attributes: attributes, children: elements.map { .element($0) })
    }

    /// An element that holds text alone.
    public init(
        _ name: String, namespace: String, attributes: KeyValuePairs<String, String> = [:], text: String
    ) {
        self.init(name, namespace: namespace, attributes: attributes, children: [.text(text)])
    }
}

extension Element {
    /// The value of the attribute `name` without a namespace. Setting `nil` removes it.
    public subscript(name: String) -> String? {
        get { self[Attribute.Name(name)] }
        set { self[Attribute.Name(name)] = newValue }
    }

    /// The value of an attribute. Setting `nil` removes it.
    public subscript(name: Attribute.Name) -> String? {
        get { attributes.first { $0.name == name }?.value }
        set {
            let place = attributes.firstIndex { name <= $0.name } ?? attributes.endIndex
            let isPresent = place < attributes.endIndex && attributes[place].name == name
            switch (newValue, isPresent) {
            case (let value?, true): attributes[place].value = value
            case (let value?, false): attributes.insert(Attribute(name: name, value: value), at: place)
            case (nil, true): attributes.remove(at: place)
            case (nil, false): break
            }
        }
    }

    /// The elements among the children.
    public var elements: [Element] {
        children.compactMap { child in
            guard case .element(let element) = child else { return nil }
            return element
        }
    }

    /// The element's own text, without that of the elements inside.
    public var text: String {
        children.reduce(into: "") { text, child in
            if case .text(let piece) = child { text += piece }
        }
    }

    /// Whether this is the element `name` of `namespace`.
    public func matches(_ name: String, _ namespace: String) -> Bool {
        self.name == name && self.namespace == namespace
    }

    /// The children `name` of `namespace`, which is this element's own where none is given.
    public func elements(_ name: String, namespace: String? = nil) -> [Element] {
        elements.filter { $0.matches(name, namespace ?? self.namespace) }
    }

    /// The first child `name` of `namespace`, which is this element's own where none is given.
    public func first(_ name: String, namespace: String? = nil) -> Element? {
        elements(name, namespace: namespace).first
    }

    /// The child `name` where there is exactly one of them.
    public func only(_ name: String, namespace: String? = nil) -> Element? {
        let found = elements(name, namespace: namespace)
        return found.count == 1 ? found.first : nil
    }

    /// Adds a child at the end.
    public mutating func append(_ child: Child) {
        guard case .text(let text) = child else { return children.append(child) }
        guard !text.isEmpty else { return }
        if case .text(let before)? = children.last {
            children[children.count - 1] = .text(before + text)
        } else {
            children.append(child)
        }
    }

    /// Adds an element at the end.
    public mutating func append(_ element: Element) {
        append(.element(element))
    }
}

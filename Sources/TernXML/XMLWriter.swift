// Owns how a tree is spelled: one spelling for each tree, and none for what XML cannot carry.
// It must not know what the tree means.

extension Element {
    /// The element as XML, without a declaration.
    ///
    /// A namespace is declared on the element where it changes; attributes with a namespace get the prefixes `a0`, `a1`, …
    /// in their order.
    /// - Parameter outer: The default namespace where the text will stand.
    /// - Throws: ``XMLError/invalidName``, ``XMLError/forbiddenCharacter(_:)``, or ``XMLError/limitExceeded(_:)`` for a
    ///   tree deeper than a parser would read.
    public func serialized(in outer: String = "") throws(XMLError) -> String {
        var writer = XMLWriter()
        try writer.write(self, outer: outer, depth: 0)
        return writer.text
    }
}

private struct XMLWriter {
    var text = ""

    mutating func write(_ element: Element, outer: String, depth: Int) throws(XMLError) {
        guard depth < XMLLimits().depth else { throw .limitExceeded(.depth) }
        guard Names.isName(element.name), isUsable(element.namespace) else { throw .invalidName }
        text += "<" + element.name
        if element.namespace != outer { try write(attribute: "xmlns", element.namespace) }
        try write(attributes: element.attributes)
        guard !element.children.isEmpty else { return text += "/>" }
        text += ">"
        for child in element.children {
            switch child {
            case .element(let inner): try write(inner, outer: element.namespace, depth: depth + 1)
            case .text(let inner): try write(escaping: inner, isValue: false)
            }
        }
        text += "</" + element.name + ">"
    }

    private mutating func write(attributes: [Attribute]) throws(XMLError) {
        var declared: [String] = []
        for attribute in attributes {
            let (name, namespace) = (attribute.name.local, attribute.name.namespace)
            guard Names.isName(name) else { throw .invalidName }
            if namespace.isEmpty {
                // Written without a prefix, these would declare a namespace; with one, they would be reserved.
                guard name != "xmlns" else { throw .invalidName }
                try write(attribute: name, attribute.value)
            } else if namespace == Names.xml {
                try write(attribute: "xml:" + name, attribute.value)
            } else {
                guard isUsable(namespace) else { throw .invalidName }
                // Attributes are in the order of their namespaces: one that was declared was declared last.
                if declared.last != namespace {
                    declared.append(namespace)
                    try write(attribute: "xmlns:a\(declared.count - 1)", namespace)
                }
                try write(attribute: "a\(declared.count - 1):" + name, attribute.value)
            }
        }
    }

    private mutating func write(attribute name: String, _ value: String) throws(XMLError) {
        text += " " + name + "='"
        try write(escaping: value, isValue: true)
        text += "'"
    }

    private func isUsable(_ namespace: String) -> Bool {
        namespace != Names.xml && namespace != Names.xmlns
    }

    /// Whether a byte stands for itself, in texts and in values: of ASCII, what can be seen and needs no escape.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"), UInt8(ascii: "'"): false
        default: (0x20..<0x7f).contains(byte)
        }
    }

    private mutating func write(escaping value: String, isValue: Bool) throws(XMLError) {
        // most texts are taken over as they are, for a tenth of the time
        if value.utf8.allSatisfy(XMLWriter.isPlain) { return text += value }
        for scalar in value.unicodeScalars {
            guard Names.isAllowed(scalar) else { throw .forbiddenCharacter(scalar.value) }
            switch scalar {
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "&": text += "&amp;"
            case "'" where isValue: text += "&apos;"
            // Line ends are folded by a parser, and any white space in a value becomes a space, unless escaped.
            case "\r": text += "&#13;"
            case "\n" where isValue: text += "&#10;"
            case "\t" where isValue: text += "&#9;"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}

// Owns what expat calls: it grows the tree, counts against the limits and stops the parser where something is forbidden.
// It must not know where the bytes come from.

internal import CExpat
internal import Glibc

/// The handlers of one expat parser, and the elements that are open. Lives as long as its parser does.
@safe
final class TreeBuilder {
    /// What expat puts between a namespace and a local name.
    static let separator: UInt8 = 1

    /// The document's element, once it is closed. Of a stream it is the header alone, as soon as it is open.
    private(set) var root: Element?
    /// What a stream has brought since they were taken last.
    private var stanzas: [Element] = []
    /// Whether the document's element is closed.
    private(set) var isComplete = false
    /// Why the parser was stopped, where one of our own rules was the reason.
    private(set) var refusal: XMLError?

    private let expat: OpaquePointer
    private let limits: XMLLimits
    private let isStream: Bool
    private var open: [Element] = []
    /// Text since the last tag. expat gives it line by line; joining it in the tree would copy it each time.
    private var text = ""
    private var declarations = 0
    private var namespaces: Set<String> = []
    private var latest = ""

    /// `expat` is borrowed and has to outlive the builder.
    /// - Parameter isStream: Whether what stands in the document's element is given out piece by piece (RFC 6120 §4).
    init(_ expat: OpaquePointer, limits: XMLLimits, isStream: Bool = false) {
        unsafe self.expat = expat
        self.limits = limits
        self.isStream = isStream
    }

    /// Sets all handlers.
    func install() {
        unsafe XML_SetUserData(expat, Unmanaged.passUnretained(self).toOpaque())
        unsafe XML_SetElementHandler(
            expat,
            { builder, name, attributes in unsafe TreeBuilder.of(builder)?.start(name, attributes) },
            { builder, _ in unsafe TreeBuilder.of(builder)?.end() })
        unsafe XML_SetCharacterDataHandler(expat) { builder, text, count in
            unsafe TreeBuilder.of(builder)?.append(UnsafeBufferPointer(start: text, count: Int(count)))
        }
        unsafe XML_SetStartNamespaceDeclHandler(expat) { builder, _, namespace in
            unsafe TreeBuilder.of(builder)?.declare(namespace: namespace)
        }
        unsafe XML_SetStartDoctypeDeclHandler(expat) { builder, _, _, _, _ in
            unsafe TreeBuilder.of(builder)?.refuse(.forbidden(.doctype))
        }
        unsafe XML_SetProcessingInstructionHandler(expat) { builder, _, _ in
            unsafe TreeBuilder.of(builder)?.refuse(.forbidden(.processingInstruction))
        }
        unsafe XML_SetCommentHandler(expat) { builder, _ in
            unsafe TreeBuilder.of(builder)?.refuse(.forbidden(.comment))
        }
        unsafe XML_SetXmlDeclHandler(expat) { builder, version, encoding, _ in
            unsafe TreeBuilder.of(builder)?.declare(
                version: TreeBuilder.text(version), encoding: TreeBuilder.text(encoding))
        }
    }

    private static func of(_ pointer: UnsafeMutableRawPointer?) -> TreeBuilder? {
        unsafe pointer.map { unsafe Unmanaged<TreeBuilder>.fromOpaque($0).takeUnretainedValue() }
    }

    private func start(_ name: UnsafePointer<XML_Char>?, _ pairs: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?) {
        guard refusal == nil, let name = unsafe name, let pairs = unsafe pairs else { return }
        guard open.count < limits.depth else { return refuse(.limitExceeded(.depth)) }
        var element = unsafe self.name(name) { Element($0, namespace: $1) }
        var index = 0
        while let key = unsafe pairs[index], let value = unsafe pairs[index + 1] {
            declarations += 1
            guard declarations <= limits.attributes else { return refuse(.limitExceeded(.attributes)) }
            unsafe element[self.name(key) { Attribute.Name($0, namespace: $1) }] = unsafe String(cString: value)
            index += 2
        }
        guard declarations <= limits.attributes else { return refuse(.limitExceeded(.attributes)) }
        declarations = 0
        takeText()
        if isStream, root == nil {
            root = element
        } else {
            open.append(element)
        }
    }

    private func end() {
        guard refusal == nil else { return }
        takeText()
        guard let element = open.popLast() else { return isComplete = isStream }
        if open.isEmpty {
            if isStream { return give(element) }
            root = element
            isComplete = true
        } else {
            open[open.count - 1].append(element)
        }
    }

    private func give(_ stanza: Element) {
        stanzas.append(stanza)
        // what one stanza is in says nothing of the next, and a stream has no end
        namespaces = []
    }

    /// Gives out what has come.
    func takeStanzas() -> [Element] {
        defer { stanzas = [] }
        return stanzas
    }

    /// expat has checked that the text is UTF-8. White space between stanzas keeps a connection alive and says nothing.
    private func append(_ piece: UnsafeBufferPointer<XML_Char>) {
        guard refusal == nil, !isStream || !open.isEmpty else { return }
        text += unsafe piece.withMemoryRebound(to: UInt8.self) { unsafe String(decoding: $0, as: UTF8.self) }
    }

    private func takeText() {
        guard !text.isEmpty, !open.isEmpty else { return }
        open[open.count - 1].append(.text(text))
        text = ""
    }

    private func declare(version: String?, encoding: String?) {
        let isUTF8 = encoding.map { $0.lowercased() == "utf-8" } ?? true
        guard version == "1.0", isUTF8 else { return refuse(.forbidden(.declaration)) }
    }

    /// Before the first element that it stands in.
    private func declare(namespace: UnsafePointer<XML_Char>?) {
        declarations += 1
        guard let namespace = unsafe namespace else { return }
        if unsafe strnlen(namespace, limits.namespace + 1) > limits.namespace { refuse(.limitExceeded(.namespace)) }
    }

    private func refuse(_ error: XMLError) {
        guard refusal == nil else { return }
        refusal = error
        _ = unsafe XML_StopParser(expat, XML_Bool(XML_FALSE))
    }

    private static func text(_ text: UnsafePointer<XML_Char>?) -> String? {
        unsafe text.map { unsafe String(cString: $0) }
    }

    /// Takes `namespace ‖ separator ‖ local` apart.
    private func name<Name>(_ joined: UnsafePointer<XML_Char>, _ make: (String, String) -> Name) -> Name {
        let joined = unsafe String(cString: joined)
        let utf8 = joined.utf8
        guard let separator = utf8.firstIndex(of: TreeBuilder.separator) else { return make(joined, "") }
        return make(String(joined[utf8.index(after: separator)...]), once(String(joined[..<separator])))
    }

    /// A namespace, held once however many names are in it.
    private func once(_ namespace: String) -> String {
        if namespace == latest { return latest }
        latest = namespaces.insert(namespace).memberAfterInsert
        return latest
    }
}

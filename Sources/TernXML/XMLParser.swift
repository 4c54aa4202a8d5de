// Owns the reading of one document: bytes in, in pieces of any size, a tree out at the end.
// It must not know what the document means. What expat calls is `TreeBuilder`.

internal import CExpat

/// A parser for one document.
///
/// No document type, processing instruction or comment is let through (RFC 6120 §11.1), so no entity but the five of XML
/// exists. Once it has thrown, a parser throws ``XMLError/closed``. It is confined to whoever holds it.
@safe
public final class XMLParser {
    private let expat: OpaquePointer
    private let builder: TreeBuilder
    private let limits: XMLLimits
    private var fed = 0
    private var isClosed = false

    /// A parser at the start of a document.
    /// - Throws: ``XMLError/backend`` when there is no memory.
    public init(limits: XMLLimits = XMLLimits()) throws(XMLError) {
        // U+0001 is no character of XML 1.0, written or escaped: no namespace can contain the separator, and what expat
        // joins can be taken apart in one way alone (CVE-2022-25236).
        guard let expat = unsafe XML_ParserCreateNS("UTF-8", XML_Char(bitPattern: TreeBuilder.separator)) else {
            throw .backend
        }
        unsafe self.expat = expat
        self.limits = limits
        builder = unsafe TreeBuilder(expat, limits: limits)
        builder.install()
    }

    /// Reads all of one document.
    /// - Throws: ``XMLError``; see its cases.
    public static func parse(_ document: [UInt8], limits: XMLLimits = XMLLimits()) throws(XMLError) -> Element {
        let parser = try XMLParser(limits: limits)
        try parser.feed(document.span)
        return try parser.finish()
    }

    /// Reads all of one document.
    /// - Throws: ``XMLError``; see its cases.
    public static func parse(_ document: String, limits: XMLLimits = XMLLimits()) throws(XMLError) -> Element {
        try parse(Array(document.utf8), limits: limits)
    }

    /// Reads on.
    /// - Throws: ``XMLError`` as soon as no continuation could make the document acceptable.
    public func feed(_ bytes: Span<UInt8>) throws(XMLError) {
        guard !isClosed else { throw .closed }
        guard bytes.count <= limits.bytes - fed else { throw close(.limitExceeded(.bytes)) }
        // Told that a document is UTF-8, expat still takes it for UTF-16 at a byte order mark or a zero byte.
        for index in bytes.indices where bytes[index] == 0 || bytes[index] >= 0xFE {
            throw close(.malformed(code: Int(XML_ERROR_INVALID_TOKEN.rawValue), offset: fed + index))
        }
        fed += bytes.count
        try parse(bytes, isLast: false)
    }

    /// Ends the document.
    /// - Returns: Its root element.
    /// - Throws: ``XMLError/unfinished`` where the root is not closed, or another ``XMLError``.
    public func finish() throws(XMLError) -> Element {
        guard !isClosed else { throw .closed }
        try parse(Span(), isLast: true)
        isClosed = true
        guard let root = builder.root else { throw .unfinished }
        return root
    }

    private func parse(_ bytes: Span<UInt8>, isLast: Bool) throws(XMLError) {
        let status = unsafe bytes.withUnsafeBytes { bytes in
            unsafe XML_Parse(
                expat, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), isLast ? 1 : 0)
        }
        guard status != XML_STATUS_OK else { return }
        if let refusal = builder.refusal { throw close(refusal) }
        let code = unsafe XML_GetErrorCode(expat)
        if isLast, XMLParser.isOpen(code) { throw close(.unfinished) }
        throw close(.malformed(code: Int(code.rawValue), offset: unsafe Int(XML_GetCurrentByteIndex(expat))))
    }

    /// Whether the document was right as far as it went.
    private static func isOpen(_ code: XML_Error) -> Bool {
        switch code {
        case XML_ERROR_NO_ELEMENTS, XML_ERROR_UNCLOSED_TOKEN, XML_ERROR_PARTIAL_CHAR, XML_ERROR_UNCLOSED_CDATA_SECTION:
            true
        default: false
        }
    }

    private func close(_ error: XMLError) -> XMLError {
        isClosed = true
        return error
    }

    deinit {
        unsafe XML_ParserFree(expat)
    }
}

// Owns the reading of one stream: bytes in, in pieces of any size, a header and then stanzas out, each as soon as it is whole.
// It must not know what they mean.

internal import CExpat

/// A reader for one stream (RFC 6120 §4): a document whose element stays open, and whose children are given out one by one.
///
/// What ``XMLParser`` forbids is forbidden here, and each stanza is bounded for itself. Once it has thrown, a reader throws
/// ``XMLError/closed``. It is confined to whoever holds it.
@safe
public final class XMLStreamReader {
    private let expat: OpaquePointer
    private let builder: TreeBuilder
    private let limits: XMLLimits
    /// Bytes since the last stanza. White space that keeps a connection alive counts: a megabyte of it says nothing either.
    private var pending = 0
    private var isClosed = false

    /// What a stream brings.
    public enum Piece: Hashable, Sendable {
        /// The stream's element, without what stands in it.
        case header(Element)
        /// Something that stands in it.
        case stanza(Element)
        /// The other end has closed the stream.
        case end
    }

    private var hasHeader = false

    /// A reader at the start of a stream.
    /// - Throws: ``XMLError/backend`` when there is no memory.
    public init(limits: XMLLimits = XMLLimits()) throws(XMLError) {
        guard let expat = unsafe XML_ParserCreateNS("UTF-8", XML_Char(bitPattern: TreeBuilder.separator)) else {
            throw .backend
        }
        unsafe self.expat = expat
        self.limits = limits
        builder = unsafe TreeBuilder(expat, limits: limits, isStream: true)
        builder.install()
    }

    /// Reads on.
    /// - Returns: What has become whole.
    /// - Throws: ``XMLError`` as soon as no continuation could make the stream acceptable.
    public func feed(_ bytes: Span<UInt8>) throws(XMLError) -> [Piece] {
        guard !isClosed else { throw .closed }
        var pieces: [Piece] = []
        var place = 0
        // What lies beyond a limit costs one slice and not a read.
        while place < bytes.count {
            let slice = bytes.extracting(place..<min(place + XMLStreamReader.slice, bytes.count))
            place += slice.count
            try parse(slice)
            if !hasHeader, let header = builder.root {
                hasHeader = true
                pending = 0
                pieces.append(.header(header))
            }
            let stanzas = builder.takeStanzas()
            if !stanzas.isEmpty { pending = 0 }
            pieces += stanzas.map { .stanza($0) }
            if builder.isComplete {
                isClosed = true
                pieces.append(.end)
                return pieces
            }
        }
        return pieces
    }

    private func parse(_ bytes: Span<UInt8>) throws(XMLError) {
        guard bytes.count <= limits.bytes - pending else { throw close(.limitExceeded(.bytes)) }
        for index in bytes.indices where bytes[index] == 0 || bytes[index] >= 0xFE {
            throw close(.malformed(code: Int(XML_ERROR_INVALID_TOKEN.rawValue), offset: index))
        }
        pending += bytes.count
        let status = unsafe bytes.withUnsafeBytes { bytes in
            unsafe XML_Parse(
                expat, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), 0)
        }
        guard status != XML_STATUS_OK else { return }
        if let refusal = builder.refusal { throw close(refusal) }
        let code = unsafe XML_GetErrorCode(expat)
        throw close(.malformed(code: Int(code.rawValue), offset: unsafe Int(XML_GetCurrentByteIndex(expat))))
    }

    private func close(_ error: XMLError) -> XMLError {
        isClosed = true
        return error
    }

    /// Bytes that are read at once.
    private static let slice = 16 << 10

    deinit {
        unsafe XML_ParserFree(expat)
    }
}

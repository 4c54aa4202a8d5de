// Owns reading XML elements one after the other, as programs and servers give them. It must not know what they are.

internal import TernXML

/// Elements in a row.
enum ElementSequence {
    /// Elements in a row are no document: they become one within a root of ours.
    /// - Parameter namespace: That of an element that names none.
    static func read(_ document: [UInt8], in namespace: String) throws(XMLError) -> [Element] {
        let open = Array("<items xmlns='\(namespace)'>".utf8)
        let limits = XMLLimits(bytes: document.count + 64)
        do throws(XMLError) {
            return try XMLParser.parse(open + document + Array("</items>".utf8), limits: limits).elements
        } catch .malformed(let code, let offset) {
            // counted in what was given, and not in what stands around it
            throw .malformed(code: code, offset: min(max(0, offset - open.count), document.count))
        }
    }
}

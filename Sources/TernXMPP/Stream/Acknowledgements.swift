// Owns who has which stanza (XEP-0198): what the server has not confirmed, and how much of the server's was handled here. It must not
// know what a stanza says.

public import TernXML

/// The counts of one session, over all the connections that it has.
public struct Acknowledgements: Sendable {
    /// Under what the server goes on with the session; nil where it does not.
    public internal(set) var resumption: String?
    /// What was sent and is not confirmed, in order.
    public private(set) var unconfirmed: [Element] = []
    private var confirmed: UInt32 = 0
    /// The server's stanzas that were handled here for good.
    private(set) var handled: UInt32 = 0

    /// So many stanzas wait at most: a server that confirms nothing is none to send more to.
    public static let limit = 4096

    init() {}

    mutating func append(_ stanza: Element) throws(StreamError) {
        guard unconfirmed.count < Acknowledgements.limit else { throw .overflow }
        unconfirmed.append(stanza)
    }

    /// Counts one of the server's stanzas as handled.
    mutating func handle() { handled &+= 1 }

    /// The server has had so many.
    /// - Throws: ``StreamError/unexpected`` for more than were sent: RFC 6120's `undefined-condition` of XEP-0198 §4.
    mutating func confirm(_ count: UInt32) throws(StreamError) -> [Element] {
        let more = Int(count &- confirmed)
        guard more <= unconfirmed.count else { throw .unexpected }
        defer { unconfirmed.removeFirst(more) }
        confirmed = count
        return Array(unconfirmed.prefix(more))
    }

    /// A new session begins: what was not confirmed in the old one is given back.
    mutating func restart() -> [Element] {
        defer { self = Acknowledgements() }
        return unconfirmed
    }
}

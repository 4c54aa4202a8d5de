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
    /// What came before the server began to count, and was not handled yet.
    private var leftOut = 0

    /// So many stanzas wait at most: a server that confirms nothing is none to send more to.
    public static let limit = 4096

    init() {}

    mutating func append(_ stanza: Element) throws(StreamError) {
        guard unconfirmed.count < Acknowledgements.limit else { throw .overflow }
        unconfirmed.append(stanza)
    }

    /// Counts one of the server's stanzas as handled.
    mutating func handle() {
        if leftOut > 0 { leftOut -= 1 } else { handled &+= 1 }
    }

    /// The next stanza that comes does not count.
    mutating func leaveOut() { leftOut += 1 }

    /// The server has had so many.
    /// - Throws: ``StreamError/unexpected`` for more than were sent (XEP-0198 §4).
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

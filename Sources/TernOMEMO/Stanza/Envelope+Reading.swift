// Owns what is believed of a decrypted envelope, and which conversation it may appear in.
// It must not know how it was decrypted.

public import TernCore
internal import TernXML

extension Envelope {
    /// How far a claimed time may lie in the future: a clock in the wrong time zone is less than a day off.
    /// The past is not refused, since archives give messages late.
    public static let clockTolerance = Timestamp(seconds: 24 * 3600)

    /// Reads what was decrypted. Unknown affixes are passed over.
    /// - Throws: ``TernCore/SessionError/malformed`` for what is no XML or no envelope, lacks the padding that the profile
    ///   demands, or has an affix twice; ``TernCore/SessionError/limitExceeded`` for more than a stanza may have.
    public init(_ bytes: Span<UInt8>) throws(SessionError) {
        let root: Element
        do throws(XMLError) {
            let parser = try XMLParser()
            try parser.feed(bytes)
            root = try parser.finish()
        } catch .limitExceeded {
            throw .limitExceeded
        } catch {
            throw .malformed
        }
        guard root.matches("envelope", Envelope.namespace), let content = root.only("content"),
            let padding = root.only("rpad")
        else { throw .malformed }
        let elements = content.elements
        let allowed = elements.filter(Envelope.isAllowed)
        self.init(
            allowed, refused: elements.count - allowed.count,
            time: try Envelope.affix("time", "stamp", of: root) { Timestamp(xmpp: $0) },
            to: try Envelope.affix("to", "jid", of: root) { try? JID($0).bare },
            from: try Envelope.affix("from", "jid", of: root) { try? JID($0).bare }, padding: padding.text)
    }

    /// The affix `name`, where there is one.
    /// - Throws: ``TernCore/SessionError/malformed`` where there are several, or one that cannot be read: a check that its
    ///   author asked for is never left out.
    private static func affix<Value>(
        _ name: String, _ attribute: String, of root: Element, _ parse: (String) -> Value?
    ) throws(SessionError) -> Value? {
        let found = root.elements(name)
        guard let element = found.first else { return nil }
        guard found.count == 1, let text = element[attribute], let value = parse(text) else { throw .malformed }
        return value
    }

    /// Checks that the envelope belongs to the stanza that it came in (XEP-0420 §affix_elements, XEP-0384 §sce).
    /// - Parameters:
    ///   - sender: who sent the stanza; in a room the account behind the occupant.
    ///   - recipient: whom it was sent to.
    ///   - room: the room it came through.
    /// - Throws: ``TernCore/SessionError/unauthentic`` where author or addressee are others, or where a message of a room
    ///   does not name it; ``TernCore/SessionError/malformed`` for a time further ahead than ``clockTolerance``.
    public func check(sender: BareJID, recipient: BareJID, room: BareJID?, now: Timestamp) throws(SessionError) {
        if let from, from != sender { throw .unauthentic }
        if let room {
            guard to == room else { throw .unauthentic }
        } else if let to, to != recipient {
            throw .unauthentic
        }
        if let time {
            let (ahead, overflow) = time.milliseconds.subtractingReportingOverflow(now.milliseconds)
            guard !overflow, ahead <= Envelope.clockTolerance.milliseconds else { throw .malformed }
        }
    }
}

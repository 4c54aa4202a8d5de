// Owns finding published items in what programs and servers give: by themselves, in a row, or in stanzas.
// It must not know what they hold.

internal import TernCore
internal import TernXML

/// What a document holds, in its order.
struct PubSubDocument {
    /// Items, or something that is damaged while the rest may be good.
    enum Part {
        case items(PubSubItems)
        /// A node that its owner's server does not know, and who that is, where the stanza says it.
        case absent(String, BareJID?)
        case damaged(CommandFailure)
    }

    let parts: [Part]

    /// Longest document that is read.
    static let limit = 16 << 20

    /// Reads elements one after the other. Where that fails each line is read by itself, as programs write them, so that one
    /// that is damaged leaves the others alone.
    /// - Throws: `malformed` or `limitExceeded` where nothing in it can be read.
    init(_ document: [UInt8]) throws(CommandFailure) {
        do throws(XMLError) {
            parts = try ElementSequence.read(document, in: PubSubDocument.namespace).flatMap(PubSubDocument.parts)
        } catch {
            guard let parts = PubSubDocument.lines(document) else { throw CommandFailure(error) }
            self.parts = parts
        }
        guard !parts.isEmpty else {
            throw CommandFailure(
                .malformed, "there is no <items node='…'> in this",
                hint: "see 'tern bundle show' for what it looks like")
        }
    }

    /// What the lines hold; nil where no line is XML.
    private static func lines(_ document: [UInt8]) -> [Part]? {
        let lines = document.split(separator: UInt8(ascii: "\n"), maxSplits: mostLines)
        guard lines.count > 1, lines.count <= mostLines else { return nil }
        var isAnyGood = false
        var parts: [Part] = []
        for (place, line) in lines.enumerated() {
            do throws(XMLError) {
                let elements = try ElementSequence.read(Array(line), in: PubSubDocument.namespace)
                isAnyGood = isAnyGood || !elements.isEmpty
                parts += elements.flatMap(PubSubDocument.parts)
            } catch {
                let failure = CommandFailure(error)
                parts.append(.damaged(CommandFailure(failure.code, "line \(place + 1): \(failure.message)")))
            }
        }
        return isAnyGood ? parts : nil
    }

    private static func parts(of element: Element) -> [Part] {
        var parts: [Part] = []
        var owner: BareJID?
        if ["iq", "message"].contains(element.name), [namespace, "jabber:client"].contains(element.namespace) {
            // a request has nothing in it that was published
            if element.name == "iq", element["type"] == "get" { return [] }
            if let absent = PubSubDocument.absence(element) { return [absent] }
            if element["type"] == "error" {
                let message = "an error in the place of items\(condition(element))"
                return [.damaged(CommandFailure(.missingMaterial, message))]
            }
            if let from = element["from"] {
                guard let jid = try? JID(from) else {
                    return [.damaged(CommandFailure(.malformed, "a <\(element.name)> from what is no address"))]
                }
                owner = jid.bare
            }
            for child in element.elements { collect(child, owner, &parts) }
        } else {
            collect(element, owner, &parts)
        }
        guard parts.isEmpty else { return parts }
        return [.damaged(CommandFailure(.malformed, "a <\(element.name)> where an <items node='…'> should be"))]
    }

    /// An error that says that there is no such node or item (XEP-0060 §6.5.9), beside the request that it answers.
    private static func absence(_ stanza: Element) -> Part? {
        guard stanza["type"] == "error",
            let error = stanza.elements.first(where: { $0.name == "error" }),
            error.elements.contains(where: { $0.matches("item-not-found", "urn:ietf:params:xml:ns:xmpp-stanzas") }),
            let request = stanza.elements.first(where: { $0.matches("pubsub", PubSubItems.namespace) }),
            let node = request.elements.first(where: { $0.name == "items" })?["node"]
        else { return nil }
        return .absent(node, stanza["from"].flatMap { try? JID($0).bare })
    }

    /// What else stands in a stanza is none of our business.
    private static func collect(_ element: Element, _ owner: BareJID?, _ parts: inout [Part]) {
        if let items = PubSubItems(element, owner: owner) {
            parts.append(.items(items))
        } else if element.matches("pubsub", PubSubItems.namespace) || element.matches("event", PubSubItems.events) {
            parts += element.elements.compactMap { PubSubItems($0, owner: owner) }.map { .items($0) }
        }
    }

    private static func condition(_ stanza: Element) -> String {
        let error = stanza.elements.first { $0.name == "error" }
        return error?.elements.first.map { ": \($0.name)" } ?? ""
    }

    /// The default namespace, which an element without one is in.
    private static let namespace = "urn:tern:items"
    /// Each line costs a parser: this many are far more than anybody's devices.
    private static let mostLines = 10_000
}

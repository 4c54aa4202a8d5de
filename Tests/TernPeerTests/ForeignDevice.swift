// Owns one device of a foreign implementation, and what one asks it.
// It must not know how a request gets there.

import Testing

import TernJSON

/// An OMEMO device of a foreign implementation, with an account of its own.
struct ForeignDevice {
    /// What identifies a device, of whichever implementation.
    struct Place {
        let jid: String
        let device: Int

        var json: JSONValue { ["jid": .string(jid), "device": .number(String(device))] }
    }

    /// OMEMO's version, in the protocol's words.
    enum Version: String, CaseIterable, CustomTestStringConvertible, Sendable {
        case omemo03 = "0.3"
        case omemo2 = "2"

        var testDescription: String { "OMEMO \(rawValue)" }
    }

    /// What a message says.
    struct Opened {
        /// Nil where the message was empty.
        let text: String?
        /// The device that sent it.
        let device: Int
        /// Whether the bundle changed.
        let preKeyWasUsed: Bool
        /// What the implementation wants sent at once, as (bare JID, element).
        let sent: [(to: String, element: String)]
        /// The affixes of the envelope, in omemo:2.
        let envelopeFrom: String?
        let envelopeTo: String?
    }

    let peer: ForeignPeer
    let place: Place
    let version: Version
    /// The device list's element, with this device alone.
    let list: String
    /// The Curve25519 form of the identity key, in hexadecimal digits.
    let identity: String

    /// Makes a device with new keys.
    init(_ peer: ForeignPeer, _ jid: String, _ device: Int, _ version: Version) throws {
        self.peer = peer
        self.version = version
        place = Place(jid: jid, device: device)
        let answer = try peer.ask(
            "create",
            ["jid": .string(jid), "device": .number(String(device)), "version": .string(version.rawValue)])
        list = try #require(answer["devices"]?.string)
        identity = try #require(answer["identity_hex"]?.string)
    }

    /// The bundle as it is now.
    func bundle() throws -> String {
        let answer = try peer.ask("bundle", ["jid": .string(place.jid), "device": .number(String(place.device))])
        return try #require(answer["bundle"]?.string)
    }

    /// Learns the bundle of another device, and trusts it.
    func learn(_ other: Place, bundle: String) throws {
        try peer.ask(
            "import",
            [
                "as": place.json, "jid": .string(other.jid), "device": .number(String(other.device)),
                "bundle": .string(bundle),
            ])
    }

    /// Learns the bundle of another device of a foreign implementation.
    func learn(_ other: ForeignDevice) throws {
        try learn(other.place, bundle: other.bundle())
    }

    /// Encrypts a text; a room goes into the envelope of omemo:2.
    func encrypt(_ text: String, to others: [Place], room: String? = nil) throws -> String {
        let answer =
            if let room {
                try peer.ask(
                    "encrypt",
                    ["as": place.json, "to": json(others), "text": .string(text), "room": .string(room)])
            } else {
                try peer.ask("encrypt", ["as": place.json, "to": json(others), "text": .string(text)])
            }
        return try #require(answer["element"]?.string)
    }

    /// Makes an empty message, or in OMEMO 0.3 a key transport.
    func empty(to others: [Place]) throws -> String {
        try #require(peer.ask("empty", ["as": place.json, "to": json(others)])["element"]?.string)
    }

    /// Decrypts what an account sent.
    @discardableResult
    func decrypt(_ element: String, from jid: String) throws -> Opened {
        let answer = try peer.ask(
            "decrypt", ["as": place.json, "from": .string(jid), "element": .string(element)])
        let text = answer["text"]?.string
        try #require((text == nil) == (answer["empty"] == true))
        return Opened(
            text: text, device: try #require(answer["device"]?.integer), preKeyWasUsed: answer["prekey_used"] == true,
            sent: try (answer["sent"]?.array ?? []).map { each in
                (try #require(each.object?["to"]?.string), try #require(each.object?["element"]?.string))
            },
            envelopeFrom: answer["envelope_from"]?.string, envelopeTo: answer["envelope_to"]?.string)
    }

    /// Says why a message is refused, or nil where it is not.
    func refusal(of element: String, from jid: String) throws -> ForeignPeer.Refusal? {
        do {
            try decrypt(element, from: jid)
            return nil
        } catch ForeignPeer.Failure.refused(let refusal, _) {
            return refusal
        }
    }

    /// Drops everything but what the device stored, and reads that again.
    func restart() throws {
        try peer.ask("restart", ["as": place.json])
    }

    private func json(_ places: [Place]) -> JSONValue {
        .array(places.map(\.json))
    }
}

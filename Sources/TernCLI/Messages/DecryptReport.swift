// Owns how a decrypted message is told. It must not know how it was decrypted.

internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernXML

/// A message that was read, in whatever scheme.
protocol ReadReport: Sendable {
    /// The object of a line.
    func object(line: Int?) -> JSONObject
}

/// A decrypted message for people or programs.
struct DecryptReport: ReadReport {
    private let decryption: Decryption

    init(_ decryption: Decryption) {
        self.decryption = decryption
    }

    /// The text as it was written. On a terminal what a terminal would act on is escaped, and a line ends.
    func text(forTerminal isTerminal: Bool) -> [UInt8] {
        decryption.plaintext?.content.text.map { DecryptReport.text($0, forTerminal: isTerminal) } ?? []
    }

    /// A text as it was written, or as a terminal may show it.
    static func text(_ text: String, forTerminal isTerminal: Bool) -> [UInt8] {
        guard isTerminal else { return Array(text.utf8) }
        let lines = text.replacing("\t", with: "    ").split(separator: "\n", omittingEmptySubsequences: false)
            .map { safe(String($0)) }
        let shown = lines.joined(separator: "\n")
        return Array((shown.hasSuffix("\n") ? shown : shown + "\n").utf8)
    }

    /// Whether the message says something beside its text.
    var hasMore: Bool {
        guard case .elements(let elements)? = decryption.plaintext?.content else { return false }
        return elements.count != 1 || decryption.plaintext?.content.text == nil
    }

    /// The object.
    func object(line: Int?) -> JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "decrypted"
        if let line { object["line"] = .number(String(line)) }
        object["scheme"] = .string(decryption.version.scheme.rawValue)
        object["from"] = .string(decryption.sender.jid.description)
        object["device"] = .number(decryption.sender.device.description)
        if let plaintext = decryption.plaintext {
            if let key = plaintext.author.key { object["fingerprint"] = .string(key.grouped) }
            object["trust"] = .string(plaintext.author.trust.rawValue)
            if let time = plaintext.claimedTime { object["time"] = .string(time.xmpp) }
            if let text = plaintext.content.text { object["text"] = .string(text) }
            if case .elements(let elements) = plaintext.content {
                object["content"] = .array(
                    elements.compactMap { element in
                        (try? element.serialized()).map { .string($0) }
                    })
            }
        }
        object["empty"] = .boolean(decryption.plaintext == nil)
        object["repeated"] = .boolean(decryption.isRepeated)
        object["events"] = .array(decryption.events.map(\.json))
        return object
    }
}

extension CommandFailure {
    /// Why a message was not decrypted.
    /// - Parameter keyChange: What the message says of its sender's key, where that is why.
    init(decrypting error: SessionError, _ keyChange: Event?) {
        switch error {
        case .materialMissing:
            self.init(
                .missingMaterial, "the key for this message is gone: it was used or given up, or never was here",
                hint:
                    "an old message, or one of somebody else, is no reason to do anything; where new ones cannot be read, "
                    + "their sender has to fetch the bundle again")
        case .untrusted:
            guard case .device(let address, .keyChanged(_, let now))? = keyChange, let words = keyChange?.words else {
                self.init(
                    .untrusted, "the device that sent this is distrusted",
                    hint: "see 'tern contact show' and 'tern contact trust'")
                return
            }
            self.init(changed: words, address, now)
        default: self.init(error)
        }
    }

    /// A device that comes with another key than the accepted one.
    init(changed words: String, _ address: DeviceAddress, _ now: Fingerprint) {
        self.init(
            .untrusted, words,
            hint: "compare it with its owner by another way; if it is theirs: "
                + "tern contact trust --device \(address.device) \(address.jid) '\(now.grouped)'")
    }
}

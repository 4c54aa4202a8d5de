// Owns how a decrypted message is told. It must not know how it was decrypted.

internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernXML

/// A decrypted message for people or programs.
struct DecryptReport {
    private let decryption: Decryption

    init(_ decryption: Decryption) {
        self.decryption = decryption
    }

    /// The text as it was written. On a terminal what a terminal would act on is escaped, and a line ends.
    func text(forTerminal isTerminal: Bool) -> [UInt8] {
        guard let text = decryption.plaintext?.content.text else { return [] }
        guard isTerminal else { return Array(text.utf8) }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { safe(String($0)) }
        let shown = lines.joined(separator: "\n")
        return Array((shown.hasSuffix("\n") ? shown : shown + "\n").utf8)
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
    init(decrypting error: SessionError) {
        guard error == .materialMissing else {
            self.init(error)
            return
        }
        self.init(
            .missingMaterial, "the key for this message is gone: it was used or given up, or never was here",
            hint: "its sender has to fetch the bundle again; on this side, see tern omemo reset")
    }

    /// The object of a line that failed.
    func object(line: Int?) -> JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "error"
        if let line { object["line"] = .number(String(line)) }
        object["code"] = .string(code.rawValue)
        object["exit"] = .number(String(status.rawValue))
        object["message"] = .string(message)
        if let hint { object["hint"] = .string(hint) }
        return object
    }
}

// Owns which message keys have left a device, and for what: each is for one ciphertext. It must not know who has read them.

import TernCore
import TernCrypto
import TernOMEMO
import TernRatchet
import TernXML

/// The message keys that stanzas of one device were encrypted with.
struct MessageKeys {
    /// A number of a chain; the chain's key is derived from the ratchet key and one of the recipient's.
    private struct Place: Hashable {
        let version: Version
        let recipient: DeviceID
        let ratchetKey: [UInt8]
        let index: UInt32
    }

    private var ciphertexts: [Place: [UInt8]] = [:]

    /// A key that two different ciphertexts were made with.
    struct UsedTwice: Error {
        let index: UInt32
    }

    /// Takes what was printed; the last stanza may have been cut off anywhere.
    mutating func add(_ printed: String) throws {
        for line in printed.split(separator: "\n") {
            guard let stanza = MessageKeys.completed(String(line)) else { continue }
            for message in try MessageStanza(try XMLParser.parse(stanza)).encrypted { try add(message) }
        }
    }

    private mutating func add(_ message: EncryptedMessage) throws {
        for key in message.keys {
            var bytes = try key.bytes()
            if key.isKeyExchange { bytes = try KeyExchangeElement.decode(bytes, message.version).message }
            let header = try message.version.header(of: bytes.span)
            let place = Place(
                version: message.version, recipient: key.device, ratchetKey: header.ratchetKey.bytes.array,
                index: header.index)
            guard ciphertexts[place, default: bytes] == bytes else { throw UsedTwice(index: header.index) }
            ciphertexts[place] = bytes
        }
    }

    /// How many there are.
    var count: Int { ciphertexts.count }

    /// The stanza with what is missing after its last whole key; nil where no key is whole.
    private static func completed(_ text: String) -> String? {
        guard !text.hasSuffix("</message>") else { return text }
        let end = "</key>"
        guard let last = text.ranges(of: end).last else { return nil }
        let part = text[..<last.upperBound]
        let isSecond = part.ranges(of: Version.v2.namespace).last?.lowerBound ?? part.startIndex
        let isFirst = part.ranges(of: Version.v03.namespace).last?.lowerBound ?? part.startIndex
        return part + (isSecond > isFirst ? "</keys>" : "") + "</header></encrypted></message>"
    }
}

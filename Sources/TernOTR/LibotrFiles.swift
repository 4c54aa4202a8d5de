// Owns libotr's own files as values: keys, fingerprints, instance tags, as Pidgin, profanity, irssi and mcabber keep them. It must
// not know where they lie.

public import TernCore
internal import TernCrypto

/// Reading and writing libotr's files.
public enum LibotrFiles {
    /// As long as no such file is: thousands of keys.
    public static let longest = 16 << 20

    /// Somebody's key and how it was believed.
    public struct FingerprintEntry: Hashable, Sendable {
        /// The other end, as the program called it; perhaps with a resource.
        public let peer: String
        /// The own account, as the program called it.
        public let account: String
        /// What the program called the network.
        public let network: String
        /// The key.
        public let key: Fingerprint
        /// What the program noted of it: nothing, `verified`, `smp`, or words of its own.
        public let note: String

        /// An entry.
        public init(peer: String, account: String, network: String, key: Fingerprint, note: String) {
            (self.peer, self.account, self.network, self.key, self.note) = (peer, account, network, key, note)
        }

        /// What the note means here: programs write something where a person has verified the key, and nothing otherwise.
        public var trust: Trust { note.isEmpty ? .firstUse : .verified }
    }

    /// The number of a program.
    public struct InstanceTagEntry: Hashable, Sendable {
        /// The own account, as the program calls it.
        public let account: String
        /// What the program calls the network.
        public let network: String
        /// The number.
        public let tag: InstanceTag

        /// An entry.
        public init(account: String, network: String, tag: InstanceTag) {
            (self.account, self.network, self.tag) = (account, network, tag)
        }
    }

    /// What programs call XMPP; irssi calls everything the same, and puts the server behind the name.
    public static let networks: Set<String> = ["prpl-jabber", "xmpp", "jabber", "IRC"]

    /// Whose account a program's name for it is; none for another network's. A resource is cut off.
    public static func account(_ name: String, on network: String) -> BareJID? {
        guard networks.contains(network), name.contains("@") else { return nil }
        return (try? JID(name))?.bare
    }
}

// MARK: - Fingerprints and tags: a line each, with tabs between

extension LibotrFiles {
    /// Reads a file of fingerprints.
    /// - Throws: ``TernCore/SessionError/malformed``, ``TernCore/SessionError/limitExceeded``.
    public static func fingerprints(_ file: [UInt8]) throws(SessionError) -> [FingerprintEntry] {
        var entries: [FingerprintEntry] = []
        for fields in try lines(file) {
            guard fields.count == 4 || fields.count == 5, let bytes = hexadecimal(fields[3]), bytes.count == 20,
                let key = try? Fingerprint(bytes)
            else { throw .malformed }
            entries.append(
                FingerprintEntry(
                    peer: fields[0], account: fields[1], network: fields[2], key: key,
                    note: fields.count == 5 ? fields[4] : ""))
        }
        return entries
    }

    /// Writes a file of fingerprints.
    public static func fingerprints(_ entries: [FingerprintEntry]) -> String {
        entries.map { "\($0.peer)\t\($0.account)\t\($0.network)\t\($0.key.hex.lowercased())\t\($0.note)\n" }.joined()
    }

    /// Reads a file of instance tags.
    /// - Throws: ``TernCore/SessionError/malformed``, ``TernCore/SessionError/limitExceeded``.
    public static func instanceTags(_ file: [UInt8]) throws(SessionError) -> [InstanceTagEntry] {
        var entries: [InstanceTagEntry] = []
        for fields in try lines(file) {
            guard fields.count == 3, fields[2].utf8.count == 8, let number = UInt32(fields[2], radix: 16),
                let tag = InstanceTag(number)
            else { throw .malformed }
            entries.append(InstanceTagEntry(account: fields[0], network: fields[1], tag: tag))
        }
        return entries
    }

    /// Writes a file of instance tags.
    public static func instanceTags(_ entries: [InstanceTagEntry]) -> String {
        let warning =
            "# WARNING! You shouldn't copy this file to another computer. It is unnecessary and can cause problems.\n"
        return warning
            + entries.map { entry in
                let digits = String(entry.tag.value, radix: 16)
                let tag = String(repeating: "0", count: 8 - digits.count) + digits
                return "\(entry.account)\t\(entry.network)\t\(tag)\n"
            }.joined()
    }

    private static func lines(_ file: [UInt8]) throws(SessionError) -> [[String]] {
        guard file.count <= longest else { throw .limitExceeded }
        guard let text = String(validating: file, as: UTF8.self), !text.utf8.contains(0) else { throw .malformed }
        return text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }.map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    private static func hexadecimal(_ digits: String) -> [UInt8]? {
        (try? Hexadecimal.decode(Array(digits.utf8).span))?.exposed()
    }
}

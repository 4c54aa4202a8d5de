// Owns the last text that was said, for as long as it may have to be said again. It must not know how it is encrypted.

internal import TernCore
internal import TernCrypto

/// The last text that was sent. The other end's program may have lost its keys meanwhile and have said that it cannot read: then it
/// is said once more to the same key, and to no other: anybody can forge such a report.
struct LastWord: ~Copyable {
    /// libotr's own limit.
    private static let lifetime: Int64 = 60 * 1000

    private let text: SecretBytes
    private let said: Timestamp
    private var isUnread = false

    init(_ text: String, at now: Timestamp) {
        self.text = SecretBytes(copying: Array(text.utf8))
        said = now
    }

    /// The other end says that it could not read something.
    mutating func noteUnread() { isUnread = true }

    /// The text, where it is to be said again.
    func wanted(at now: Timestamp) -> String? {
        let age = now.milliseconds.subtractingReportingOverflow(said.milliseconds)
        guard isUnread, !age.overflow, (0...LastWord.lifetime).contains(age.partialValue) else { return nil }
        return String(decoding: text.exposed(), as: UTF8.self)
    }
}

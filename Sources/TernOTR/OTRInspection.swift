// Owns the look at what libotr derives and reads from given keys: what recorded conversations are held against. It must not know where
// the keys come from.

internal import COTRState
internal import TernCore
internal import TernCrypto

/// What OTR makes of Diffie-Hellman keys that somebody has given away, as recorded conversations do.
public struct OTRInspection: Sendable {
    private let secret: [UInt8]
    private let ours: [UInt8]
    private let theirs: [UInt8]

    /// A private and a public key, and the other end's public key: numbers, the most significant byte first.
    public init(secret: [UInt8], ours: [UInt8], theirs: [UInt8]) {
        (self.secret, self.ours, self.theirs) = (secret, ours, theirs)
    }

    /// The keys of data messages (OTR 3 §data-message).
    public struct SessionKeys: Sendable {
        /// 16 bytes of key stream under the keys for sending and receiving, from a counter of zeros.
        public let streams: (sending: [UInt8], receiving: [UInt8])
        /// The keys of the codes.
        public let codes: (sending: [UInt8], receiving: [UInt8])
        /// The extra symmetric key.
        public let extra: [UInt8]
    }

    /// The keys of a key exchange (OTR 3 §overview-of-ake).
    public struct ExchangeKeys: Sendable {
        /// The session's id, 8 bytes.
        public let sessionID: [UInt8]
        /// 16 bytes of key stream under c and c', from a counter of zeros.
        public let streams: (c: [UInt8], cPrime: [UInt8])
        /// The codes of nothing under m1, m1', m2 and m2'.
        public let codes: [[UInt8]]
    }

    /// Derives the keys of data messages; nil for what are no keys.
    public func sessionKeys() -> SessionKeys? {
        guard let bytes = unsafe derive(104, with: { keys, out in unsafe tern_otr_inspect_session(keys, out) }) else {
            return nil
        }
        return SessionKeys(
            streams: (Array(bytes[0..<16]), Array(bytes[16..<32])),
            codes: (Array(bytes[32..<52]), Array(bytes[52..<72])), extra: Array(bytes[72...]))
    }

    /// Derives the keys of a key exchange; nil for what are no keys.
    public func exchangeKeys() -> ExchangeKeys? {
        guard let bytes = unsafe derive(168, with: { keys, out in unsafe tern_otr_inspect_exchange(keys, out) }) else {
            return nil
        }
        return ExchangeKeys(
            sessionID: Array(bytes[0..<8]), streams: (Array(bytes[8..<24]), Array(bytes[24..<40])),
            codes: (0..<4).map { Array(bytes[40 + 32 * $0..<72 + 32 * $0]) })
    }

    /// Reads a data message that names these keys.
    /// - Returns: Its text, and the records behind it as they stand there. Nil where its code does not fit.
    public func read(_ wire: String, senderKey: UInt32, recipientKey: UInt32) -> (text: [UInt8], records: [UInt8])? {
        guard isUsable else { return nil }
        var (text, records) = unsafe (tern_otr_record(), tern_otr_record())
        defer {
            unsafe tern_otr_record_free(&text)
            unsafe tern_otr_record_free(&records)
        }
        let code = unsafe withKeys { keys in
            unsafe tern_otr_inspect_message(keys, senderKey, recipientKey, wire, &text, &records)
        }
        guard code == 0 else { return nil }
        return unsafe (
            Array(UnsafeBufferPointer(start: text.bytes, count: text.length)),
            Array(UnsafeBufferPointer(start: records.bytes, count: records.length))
        )
    }

    private var isUsable: Bool {
        (try? Libgcrypt.start()) != nil && [secret, ours, theirs].allSatisfy { (1...256).contains($0.count) }
    }

    private func derive(
        _ count: Int, with body: (UnsafePointer<tern_otr_keys>, UnsafeMutablePointer<UInt8>?) -> Int32
    ) -> [UInt8]? {
        guard isUsable else { return nil }
        var out = [UInt8](repeating: 0, count: count)
        let code = unsafe out.withUnsafeMutableBufferPointer { out in
            unsafe withKeys { keys in unsafe body(keys, out.baseAddress) }
        }
        return code == 0 ? out : nil
    }

    private func withKeys<Result>(_ body: (UnsafePointer<tern_otr_keys>) -> Result) -> Result {
        unsafe secret.withUnsafeBufferPointer { secret in
            unsafe ours.withUnsafeBufferPointer { ours in
                unsafe theirs.withUnsafeBufferPointer { theirs in
                    var keys = unsafe tern_otr_keys(
                        secret: tern_otr_number(bytes: secret.baseAddress, length: secret.count),
                        ours: tern_otr_number(bytes: ours.baseAddress, length: ours.count),
                        theirs: tern_otr_number(bytes: theirs.baseAddress, length: theirs.count))
                    return unsafe body(&keys)
                }
            }
        }
    }
}

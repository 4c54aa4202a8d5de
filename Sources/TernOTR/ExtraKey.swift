// Owns the extra symmetric key: one that both ends of a conversation have, for what is not said in it. It must not know what that
// is.

internal import COTR
internal import Glibc
internal import TernCore
public import TernCrypto

/// A key that both ends have and no message carries (OTR 3 §extra-symmetric-key): 32 bytes, from the session keys of the
/// message that announces it. Wiped when its last holder lets go.
public final class ExtraKey: Sendable {
    /// A number of bytes that may go along with an announcement.
    public static let dataLimit = 1024

    /// What it is for, as the two ends have agreed on.
    public let use: UInt32
    /// What else the announcement says.
    public let data: [UInt8]
    /// The key.
    public let secret: SecretBytes

    init(use: UInt32, data: [UInt8], secret: consuming SecretBytes) {
        self.use = use
        self.data = data
        self.secret = secret
    }
}

extension OTREngine {
    /// Announces the extra key of the owner of `key`, and gives it.
    func announceExtraKey(
        use: UInt32, data: [UInt8], for key: Fingerprint
    ) throws(SessionError) -> OTRReport {
        guard let context = unsafe context(of: key) else { throw .untrusted }
        var secret = SecretBytes(count: Int(OTRL_EXTRAKEY_BYTES))
        var code: gcry_error_t = 0
        do {
            var bytes = secret.mutablePrefix(Int(OTRL_EXTRAKEY_BYTES))
            unsafe bytes.withUnsafeMutableBufferPointer { bytes in
                unsafe data.withUnsafeBufferPointer { data in
                    unsafe code = otrl_message_symkey(
                        user.raw, Outbox.callbacks, opaqueOutbox, context, use, data.baseAddress, data.count,
                        bytes.baseAddress)
                }
            }
        }
        try UserState.check(code)
        unsafe context.pointee.context_priv.pointee.lastsent = time(nil)
        var report = finish(wasPrivate: true)
        report.extraKey = ExtraKey(use: use, data: data, secret: secret)
        return report
    }
}

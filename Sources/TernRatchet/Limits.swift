// Owns the bounds of a ratchet, each with its reason. An attacker chooses counters; these choose the work.

internal import TernCrypto

/// Bounds on skipped messages, retired chains and text.
public enum Limits {
    /// Message keys kept in a session, the oldest given up first (XEP-0384 §protocol-double_ratchet, MAX_SKIP).
    public static let keptKeys = 1000

    /// Chain steps that one message may cause before it is authenticated.
    ///
    /// XEP-0384 suggests 1,000 and leaves the number to the hardware. With 1,000, one device that was silent for 1,001
    /// messages would refuse every later message of that chain, and the chain never ends because the other side waits for
    /// a reply that cannot be written under a new key: the session would be dead for good. Clients are known to send up to
    /// 2,000 messages to a silent device; this is five times that, and costs some 4 ms.
    public static let stepsPerMessage: UInt32 = 10_000

    /// Receiving chains whose messages are still recognised after the other side has turned its ratchet.
    public static let retiredChains = 5

    /// The longest text that is sent under one message key. OMEMO puts 16 to 48 bytes there.
    public static let plaintextLength = MessageCipher.maximumLength

    /// The longest ciphertext that is received under one message key, for senders with other bounds.
    public static let ciphertextLength = 4096
}

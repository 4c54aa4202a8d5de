// Owns handing a recorded private key to a step that would draw a fresh one.

internal import TernCrypto

/// One recorded key, once.
struct RecordedKeys: KeyPairSource {
    private let key: [UInt8]?
    /// Whether a key was asked for.
    private(set) var isUsed = false
    private var isMissing = false

    init(_ key: [UInt8]?) {
        self.key = key
    }

    mutating func next() -> X25519KeyPair {
        if isUsed || key?.count != 32 { isMissing = true }
        isUsed = true
        let bytes = key ?? []
        return X25519KeyPair(
            X25519PrivateKey(
                Secret<32> { scalar in for index in 0..<min(32, bytes.count) { scalar[index] = bytes[index] } }))
    }

    /// The step cannot throw where it asks, so what it was given is judged afterwards.
    func check() throws(ReplayError) {
        if isMissing { throw ReplayError("a fresh key was needed, and the recording has none here") }
    }
}

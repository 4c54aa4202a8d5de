// Owns the X25519 kinds.

internal import TernCrypto

enum AgreementKinds {
    /// Of all cases of a file together. RFC 7748 §5.2 goes up to a million, which takes a minute: bounded, a file cannot
    /// stop the run.
    static let maximumIterations = 100_000

    static func outputs(of kind: CaseKind, _ inputs: CaseInputs) throws(CaseFailure) -> [CaseValue] {
        let privateKey = try inputs.bytes("private")
        switch kind {
        case .x25519Public:
            let key = try attempt { () throws(CryptoError) in X25519PrivateKey(try Secret<32>(copying: privateKey)) }
            return [.bytes("public", key.publicKey().bytes.array)]
        case .x25519Iterated:
            let iterations = try inputs.number("iterations")
            guard (1...maximumIterations).contains(iterations) else { throw .refused(.limitExceeded) }
            var scalar = privateKey
            var point = try inputs.bytes("public")
            for _ in 0..<iterations {
                let shared = try sharedSecret(scalar, point)
                point = scalar
                scalar = shared
            }
            return [.bytes("shared", scalar)]
        default:
            return [.bytes("shared", try sharedSecret(privateKey, try inputs.bytes("public")))]
        }
    }

    private static func sharedSecret(_ scalar: [UInt8], _ point: [UInt8]) throws(CaseFailure) -> [UInt8] {
        try attempt { () throws(CryptoError) in
            let key = X25519PrivateKey(try Secret<32>(copying: scalar))
            let shared = try key.sharedSecret(with: try X25519PublicKey(point.span))
            return shared.span.array
        }
    }
}

extension Span where Element == UInt8 {
    /// The bytes as an array: of test keys only.
    var array: [UInt8] { indices.map { self[$0] } }
}

extension VectorCase {
    /// How often the case computes a shared secret again: what is refused costs nothing.
    var iterations: Int {
        guard kind == .x25519Iterated, let count = try? CaseInputs(values: inputs).number("iterations") else {
            return 0
        }
        return (1...AgreementKinds.maximumIterations).contains(count) ? count : 0
    }
}

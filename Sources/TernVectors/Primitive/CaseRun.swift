// Owns the comparison of what a case gives with what it should give. It must not know how a kind is computed.

internal import TernCrypto

extension VectorCase {
    /// Computes the case and compares.
    func run() -> Outcome {
        let result: Expectation
        do throws(CaseFailure) {
            result = .outputs(try outputs())
        } catch {
            switch error {
            case .refused(let refusal): result = .refusal(refusal)
            case .broken(let reason): return .failed(reason)
            }
        }
        if result == expectation { return .passed }
        return .failed("expected \(VectorCase.describe(expectation)), got \(VectorCase.describe(result))")
    }

    /// An expectation in words.
    public static func describe(_ expectation: Expectation) -> String {
        switch expectation {
        case .refusal(let refusal): "the error \(refusal.rawValue)"
        case .outputs(let values):
            values.map { "\($0.name) \($0.text.isEmpty ? "(empty)" : $0.text)" }
                .joined(separator: ", ")
        }
    }

    private func outputs() throws(CaseFailure) -> [CaseValue] {
        let inputs = CaseInputs(values: inputs)
        switch kind {
        case .x25519, .x25519Public, .x25519Iterated:
            return try AgreementKinds.outputs(of: kind, inputs)
        case .ed25519Sign, .ed25519Verify, .xeddsaSign, .xeddsaVerify, .signBitVerify:
            return try SignatureKinds.outputs(of: kind, inputs)
        case .ed25519ToCurve25519, .curve25519ToEd25519:
            return try ConversionKinds.outputs(of: kind, inputs)
        case .hkdf, .hmac, .hmacVerify:
            return try HashKinds.outputs(of: kind, inputs, tagLength: expectedLength(of: "tag"))
        case .cbc, .cbcOpen:
            return try CBCKinds.outputs(of: kind, inputs)
        case .gcm, .gcmOpen:
            return try GCMKinds.outputs(of: kind, inputs)
        case .otrSessionKeys, .otrExchangeKeys, .otrRead:
            return try OTRKinds.outputs(of: kind, inputs)
        case .ratchetSend, .ratchetReceive, .ratchetKey, .bundle, .machineSend, .machineReceive, .file:
            throw .broken("'\(kind.rawValue)' does not stand alone")
        }
    }

    /// How long an expected output is: a code may be cut off.
    private func expectedLength(of name: String) -> Int? {
        guard case .outputs(let values) = expectation else { return nil }
        guard case .bytes(let bytes) = values.first(where: { $0.name == name })?.content else { return nil }
        return bytes.count
    }
}

/// Runs TernCrypto's throwing calls in the terms of a case.
func attempt<Result: ~Copyable>(_ body: () throws(CryptoError) -> Result) throws(CaseFailure) -> Result {
    do throws(CryptoError) {
        return try body()
    } catch {
        throw CaseFailure(error)
    }
}

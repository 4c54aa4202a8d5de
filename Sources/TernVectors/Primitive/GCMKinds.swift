// Owns the AES-GCM kinds. Each goes two ways, whole and in pieces, and both have to agree.

internal import TernCrypto

enum GCMKinds {
    /// Neither a block nor a divisor of one, so that pieces end everywhere.
    private static let pieceLength = 7

    static func outputs(of kind: CaseKind, _ inputs: CaseInputs) throws(CaseFailure) -> [CaseValue] {
        let key = try inputs.bytes("key")
        let nonce = try inputs.bytes("nonce")
        let data = try inputs.bytes("data")
        if kind == .gcmOpen {
            let ciphertext = try inputs.bytes("ciphertext")
            let tag = try inputs.bytes("tag")
            return [.bytes("plaintext", try open(ciphertext, tag, key, nonce, data))]
        }
        let plaintext = try inputs.bytes("plaintext")
        let sealed = try agree(
            { () throws(CryptoError) in
                let sealed = try AESGCM.seal(
                    plaintext.span, key: key.span, nonce: nonce.span, authenticating: data.span)
                return Sealed(ciphertext: sealed.ciphertext, tag: sealed.tag.array)
            },
            { () throws(CryptoError) in try sealInPieces(plaintext, key, nonce, data) })
        guard try open(sealed.ciphertext, sealed.tag, key, nonce, data) == plaintext else {
            throw .broken("decrypting what was encrypted gives another text")
        }
        return [.bytes("ciphertext", sealed.ciphertext), .bytes("tag", sealed.tag)]
    }

    private static func open(
        _ ciphertext: [UInt8], _ tag: [UInt8], _ key: [UInt8], _ nonce: [UInt8], _ data: [UInt8]
    ) throws(CaseFailure) -> [UInt8] {
        try agree(
            { () throws(CryptoError) in
                try AESGCM.open(
                    ciphertext.span, tag: tag.span, key: key.span, nonce: nonce.span, authenticating: data.span)
            },
            { () throws(CryptoError) in try openInPieces(ciphertext, tag, key, nonce, data) })
    }

    private struct Sealed: Equatable {
        let ciphertext: [UInt8]
        let tag: [UInt8]
    }

    /// Goes both ways. Refusals have to be of the same class as well.
    private static func agree<Value: Equatable>(
        _ whole: () throws(CryptoError) -> Value, _ pieces: () throws(CryptoError) -> Value
    ) throws(CaseFailure) -> Value {
        let first = Result<Value, CryptoError>(catching: whole).mapError(CaseFailure.init)
        let second = Result<Value, CryptoError>(catching: pieces).mapError(CaseFailure.init)
        guard first == second else { throw .broken("whole and in pieces, the results differ") }
        return try first.get()
    }

    private static func sealInPieces(
        _ plaintext: [UInt8], _ key: [UInt8], _ nonce: [UInt8], _ data: [UInt8]
    ) throws(CryptoError) -> Sealed {
        var sealing = try AESGCM.Sealing(key: key.span, nonce: nonce.span, authenticating: data.span)
        var text = plaintext
        for piece in pieces(of: text.count) {
            var span = text.mutableSpan
            var part = span._mutatingExtracting(piece)
            try sealing.encrypt(&part)
        }
        return Sealed(ciphertext: text, tag: try sealing.finish().array)
    }

    private static func openInPieces(
        _ ciphertext: [UInt8], _ tag: [UInt8], _ key: [UInt8], _ nonce: [UInt8], _ data: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        var opening = try AESGCM.Opening(key: key.span, nonce: nonce.span, authenticating: data.span)
        for piece in pieces(of: ciphertext.count) { try opening.read(ciphertext.span.extracting(piece)) }
        var decryption = try opening.authenticate(tag: tag.span)
        var text = ciphertext
        for piece in pieces(of: text.count) {
            var span = text.mutableSpan
            var part = span._mutatingExtracting(piece)
            try decryption.decrypt(&part)
        }
        try decryption.finish()
        return text
    }

    private static func pieces(of count: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: pieceLength).map { $0..<min($0 + pieceLength, count) }
    }
}

// Owns what `WipingTests` runs: one function for each operation.
// A case learns what the operation computes, runs it again on a clean stack, and looks for what is left.

import TernCrypto
import Testing

enum WipingCases {
    static func moves() {
        Suspect.run { suspect in
            let recipe = Recipe()
            let needles = [recipe.needle()]
            var found = (0, 0)
            suspect.buried {
                let box = Holder(recipe.secret())
                found.0 = suspect.count(of: needles[0])
                if case .full(let secret) = box.surrender(), let moved = pass(secret) {
                    found.1 = suspect.count(of: needles[0])
                    #expect(moved.span.count == 32)
                }
            }
            expectNone(suspect.residues(of: needles))
            #expect(found == (1, 1))
        }
    }

    static func failingFill() {
        Suspect.run { suspect in
            let recipe = Recipe()
            let needles = [recipe.needle()]
            var isRefused = false
            suspect.buried {
                do {
                    _ = try Secret<32> { bytes throws(CryptoError) in
                        recipe.write(into: &bytes)
                        throw .limitExceeded
                    }
                } catch {
                    isRefused = true
                }
            }
            expectNone(suspect.residues(of: needles))
            #expect(isRefused)
        }
    }

    static func keyGeneration() {
        Suspect.run { suspect in
            var entropy = Recipe()
            let needle = suspect.needle(of: Reference.edwardsScalar(entropy.secret(), isNegated: false))
            let needles = [needle, entropy.needle()]
            suspect.clean()
            suspect.buried { _ = X25519PrivateKey(from: &entropy) }
            expectNone(suspect.residues(of: needles))
        }
    }

    static func publicKey() {
        Suspect.run { suspect in
            let entropy = Recipe()
            let clamped = suspect.needle(of: Reference.edwardsScalar(entropy.secret(), isNegated: false))
            let digits = suspect.needle(
                of: Reference.signedDigits(of: Reference.edwardsScalar(entropy.secret(), isNegated: false)))
            let needles = [entropy.needle(), clamped, digits]
            suspect.clean()
            suspect.buried { _ = X25519PrivateKey(entropy.secret()).publicKey() }
            expectNone(suspect.residues(of: needles))
        }
    }

    static func sharedSecret() {
        Suspect.run { suspect in
            let entropy = Recipe()
            let peer = X25519PrivateKey(Recipe().secret()).publicKey()
            let clamped = suspect.needle(of: Reference.edwardsScalar(entropy.secret(), isNegated: false))
            guard let shared = try? X25519PrivateKey(entropy.secret()).sharedSecret(with: peer) else { return refuse() }
            let output = suspect.needle(of: shared)
            let needles = [entropy.needle(), clamped, output]
            suspect.clean()
            suspect.buried { _ = try? X25519PrivateKey(entropy.secret()).sharedSecret(with: peer) }
            expectNone(suspect.residues(of: needles))
        }
    }

    static func ed25519Key() {
        Suspect.run { suspect in
            let recipe = Recipe()
            let derived = ed25519Needles(suspect, recipe)
            suspect.clean()
            suspect.buried { _ = Ed25519PrivateKey(seed: recipe.secret()) }
            expectNone(suspect.residues(of: derived))
        }
    }

    static func ed25519Signature() {
        Suspect.run { suspect in
            let recipe = Recipe()
            let message = [UInt8](repeating: 0x61, count: 300)
            var needles = ed25519Needles(suspect, recipe)
            needles.append(suspect.needle(of: Reference.ed25519Nonce(seed: recipe.secret(), message.span)))
            suspect.clean()
            suspect.buried { _ = Ed25519PrivateKey(seed: recipe.secret()).sign(message.span) }
            expectNone(suspect.residues(of: needles))
        }
    }

    static func ed25519KeyForX25519() {
        Suspect.run { suspect in
            let recipe = Recipe()
            let derived = ed25519Needles(suspect, recipe)
            suspect.clean()
            suspect.buried { _ = Ed25519PrivateKey(seed: recipe.secret()).x25519() }
            expectNone(suspect.residues(of: derived))
        }
    }

    static func xeddsaSignature() {
        Suspect.run { suspect in
            let key = Recipe()
            let random = Recipe()
            let message = [UInt8](repeating: 0x61, count: 300)
            var needles = [key.needle(), random.needle(64), random.needle(64).reversedWords(of: 8)]
            for isNegated in [false, true] {
                let scalar = Reference.edwardsScalar(key.secret(), isNegated: isNegated)
                let digest = Reference.xeddsaDigest(scalar, message.span, random.secret())
                let nonce = Reference.reduced(digest)
                needles.append(suspect.needle(for: scalar.span))
                needles.append(suspect.needle(for: digest.span))
                needles.append(suspect.needle(for: digest.span).reversedWords(of: 8))
                needles.append(suspect.needle(for: nonce.span))
            }
            suspect.clean()
            suspect.buried {
                _ = XEdDSA.sign(message.span, with: X25519PrivateKey(key.secret()), nonce: random.secret())
            }
            expectNone(suspect.residues(of: needles))
        }
    }

    static func hmac() {
        Suspect.run { suspect in
            let key = Recipe()
            let message = [UInt8](repeating: 0x61, count: 100)
            var needles: [Needle] = []
            codeNeedles(suspect, key, message, &needles)
            suspect.clean()
            suspect.buried {
                let key: Secret<32> = key.secret()
                _ = HMACSHA256.code(key: key.span, message.span)
            }
            expectNone(suspect.residues(of: needles))
        }
    }

    static func hmacVerification() {
        Suspect.run { suspect in
            let key = Recipe()
            let message = [UInt8](repeating: 0x61, count: 100)
            var needles: [Needle] = []
            codeNeedles(suspect, key, message, &needles)
            let wrong = [UInt8](repeating: 0, count: 32)
            suspect.clean()
            suspect.buried {
                let key: Secret<32> = key.secret()
                #expect(throws: CryptoError.unauthentic) {
                    try HMACSHA256.verify(wrong.span, key: key.span, message.span)
                }
            }
            expectNone(suspect.residues(of: needles))
        }
    }

    static func hmacWrittenAndBurnt() {
        Suspect.run { suspect in
            let key = Recipe()
            let message = [UInt8](repeating: 0x61, count: 100)
            var needles: [Needle] = []
            codeNeedles(suspect, key, message, &needles)
            suspect.clean()
            suspect.buried { writeCode(key, message) }
            let left = suspect.residues(of: needles)
            #expect(left.contains { !$0.isEmpty }, "the stack is said to be left unburnt")
            suspect.buried {
                writeCode(key, message)
                Memory.burnStack()
            }
            expectNone(suspect.residues(of: needles))
        }
    }

    static func hkdf() {
        Suspect.run { suspect in
            let input = Recipe()
            let salt = Recipe()
            let needles = keyNeedles(suspect, input, salt)
            suspect.clean()
            suspect.buried { deriveKeys(input, salt) }
            expectNone(suspect.residues(of: needles))
        }
    }

    /// The longest `info` that lies on the stack puts 1 KiB between the caller and what the library leaves; a longer one
    /// lies on the heap.
    static func hkdfWrittenAndBurnt() {
        Suspect.run { suspect in
            for count in [0, 820, 900, 5000] {
                let input = Recipe()
                let salt = Recipe()
                let info = [UInt8](repeating: 1, count: count)
                let needles = keyNeedles(suspect, input, salt, info)
                suspect.clean()
                suspect.buried { writeKeys(input, salt, info) }
                let left = suspect.residues(of: needles)
                #expect(left.contains { !$0.isEmpty }, "the stack is said to be left unburnt")
                suspect.buried {
                    writeKeys(input, salt, info)
                    Memory.burnStack()
                }
                expectNone(suspect.residues(of: needles))
            }
        }
    }

    static func cbcEncryption() {
        Suspect.run { suspect in
            let text = [UInt8](repeating: 0x61, count: 200)
            let recipe = Recipe()
            let needles = [[recipe.needle(16)], [recipe.needle(24)], [recipe.needle(32)]]
            suspect.buried { cbc(recipe.secret(Secret<16>.self).span, encrypting: text) }
            expectNone(suspect.residues(of: needles[0]))
            suspect.buried { cbc(recipe.secret(Secret<24>.self).span, encrypting: text) }
            expectNone(suspect.residues(of: needles[1]))
            suspect.buried { cbc(recipe.secret(Secret<32>.self).span, encrypting: text) }
            expectNone(suspect.residues(of: needles[2]))
        }
    }

    static func cbcDecryption() {
        Suspect.run { suspect in
            let text = [UInt8](repeating: 0x61, count: 200)
            let recipe = Recipe()
            let needles = [[recipe.needle(16)], [recipe.needle(24)], [recipe.needle(32)]]
            suspect.buried { cbc(recipe.secret(Secret<16>.self).span, decrypting: text) }
            expectNone(suspect.residues(of: needles[0]))
            suspect.buried { cbc(recipe.secret(Secret<24>.self).span, decrypting: text) }
            expectNone(suspect.residues(of: needles[1]))
            suspect.buried { cbc(recipe.secret(Secret<32>.self).span, decrypting: text) }
            expectNone(suspect.residues(of: needles[2]))
        }
    }

    static func cbcInPlaceAndBurnt() {
        Suspect.run { suspect in
            let recipe = Recipe()
            let needles = [recipe.needle()]
            suspect.buried {
                cbcInPlace(recipe)
                Memory.burnStack()
            }
            expectNone(suspect.residues(of: needles))
        }
    }

    static func cbcWrongPadding() {
        Suspect.run { suspect in
            let key = Recipe()
            let text = Recipe()
            let needles = [key.needle(), middle(of: text)]
            suspect.buried { cbcWithoutPadding(key, text) }
            expectNone(suspect.residues(of: needles))
        }
    }

    static func gcmOneShot() {
        Suspect.run { suspect in
            let key = Recipe()
            let text = Recipe()
            let needles = [key.needle(), middle(of: text), suspect.needle(of: Reference.hashKey(key.secret()))]
            suspect.clean()
            suspect.buried { gcm(key, text, isForged: false) }
            expectNone(suspect.residues(of: needles))
        }
    }

    static func gcmUnauthentic() {
        Suspect.run { suspect in
            let key = Recipe()
            let text = Recipe()
            let needles = [key.needle(), middle(of: text)]
            suspect.buried { gcm(key, text, isForged: true) }
            expectNone(suspect.residues(of: needles))
        }
    }

    /// The first of two readings decrypts in order to check, and keeps nothing of it.
    static func gcmFirstReading() {
        Suspect.run { suspect in
            let key = Recipe()
            let text = Recipe()
            let needles = [middle(of: text)]
            let ciphertext = sealed(key, text)
            suspect.clean()
            // looks while the handle is open: to close it writes over the dead stack
            suspect.buried { readOnce(key, ciphertext) { expectNone(suspect.residues(of: needles)) } }
            expectNone(suspect.residues(of: [key.needle()]))
        }
    }

    static func gcmStreaming() {
        Suspect.run { suspect in
            let key = Recipe()
            let text = Recipe()
            let needles = [key.needle(), middle(of: text), suspect.needle(of: Reference.hashKey(key.secret()))]
            suspect.clean()
            suspect.buried { stream(key, text) }
            expectNone(suspect.residues(of: needles))
        }
    }
}

// MARK: - What the cases run

/// Takes the residues and not the needles: whatever is called before a look writes over dead stack.
private func expectNone(_ residues: [[Residue]], sourceLocation: SourceLocation = #_sourceLocation) {
    for (index, residue) in residues.enumerated() where !residue.isEmpty {
        Issue.record("needle \(index): \(residue)", sourceLocation: sourceLocation)
    }
}

private enum Place: ~Copyable {
    case empty
    case full(Secret<32>)
}

private final class Holder {
    private var place: Place

    init(_ secret: consuming Secret<32>) {
        place = .full(secret)
    }

    func surrender() -> Place {
        var surrendered = Place.empty
        swap(&surrendered, &place)
        return surrendered
    }
}

@inline(never)
private func pass(_ secret: consuming Secret<32>) -> Secret<32>? {
    .some(secret)
}

/// What an Ed25519 key is made of: its seed as bytes and as SHA-512's words, and the two halves of the digest.
private func ed25519Needles(_ suspect: Suspect, _ seed: Recipe) -> [Needle] {
    let digest = Reference.sha512(seed.secret(Secret<32>.self).span)
    let scalar = Reference.ed25519Scalar(seed: seed.secret())
    let digits = Reference.signedDigits(of: scalar)
    let whole = suspect.needle(for: digest.span)
    return [
        seed.needle(), seed.needle().reversedWords(of: 8), whole, whole.reversedWords(of: 8),
        suspect.needle(for: scalar.span), suspect.needle(for: digits.span),
    ]
}

private func codeNeedles(_ suspect: Suspect, _ recipe: Recipe, _ message: [UInt8], _ needles: inout [Needle]) {
    let key: Secret<32> = recipe.secret()
    let inner = Reference.innerDigest(key, message)
    let code = suspect.needle(of: HMACSHA256.code(key: key.span, message.span))
    let pads = [recipe.needle().exclusiveOr(0x36), recipe.needle().exclusiveOr(0x5c)]
    needles += [recipe.needle(), code, code.reversedWords(of: 4)]
    needles += pads + pads.map { $0.reversedWords(of: 4) }
    needles += [suspect.needle(for: inner.span), suspect.needle(for: inner.span).reversedWords(of: 4)]
}

@inline(never)
private func writeCode(_ recipe: Recipe, _ message: [UInt8]) {
    let key: Secret<32> = recipe.secret()
    _ = Secret<32> { code in HMACSHA256.write(key: key.span, message.span, into: &code) }
}

private func keyNeedles(
    _ suspect: Suspect, _ input: Recipe, _ salt: Recipe, _ info: [UInt8] = []
) -> [Needle] {
    let material: Secret<32> = input.secret()
    let salt: Secret<32> = salt.secret()
    let key = HMACSHA256.code(key: salt.span, material.span)
    let output = Secret<80> { output in
        HKDFSHA256.write(from: material.span, salt: salt.span, info: info.span, into: &output)
    }
    let plain = [input.needle(), suspect.needle(for: key.span), suspect.needle(for: output.span)]
    return plain + plain.map { $0.reversedWords(of: 4) }
        + [plain[1].exclusiveOr(0x36), plain[1].exclusiveOr(0x5c)]
}

@inline(never)
private func deriveKeys(_ input: Recipe, _ salt: Recipe) {
    let material: Secret<32> = input.secret()
    let salt: Secret<32> = salt.secret()
    _ = try? Secret<80> { output throws(CryptoError) in
        try HKDFSHA256.derive(from: material.span, salt: salt.span, info: Span(), into: &output)
    }
}

@inline(never)
private func writeKeys(_ input: Recipe, _ salt: Recipe, _ info: [UInt8]) {
    let material: Secret<32> = input.secret()
    let salt: Secret<32> = salt.secret()
    _ = Secret<80> { output in
        HKDFSHA256.write(from: material.span, salt: salt.span, info: info.span, into: &output)
    }
}

private let vector = [UInt8](repeating: 7, count: 16)

@inline(never)
private func cbc(_ key: Span<UInt8>, encrypting text: [UInt8]) {
    let ciphertext = try? AESCBC.encrypt(text.span, key: key, iv: vector.span)
    #expect(ciphertext?.count == AESCBC.ciphertextLength(of: text.count))
}

@inline(never)
private func cbc(_ key: Span<UInt8>, decrypting text: [UInt8]) {
    let ciphertext = (try? AESCBC.encrypt(text.span, key: key, iv: vector.span)) ?? []
    let plaintext = try? AESCBC.decrypt(ciphertext.span, key: key, iv: vector.span)
    #expect(plaintext == text)
}

@inline(never)
private func cbcInPlace(_ recipe: Recipe) {
    let key: Secret<32> = recipe.secret()
    var text = [UInt8](repeating: 0, count: 208)
    var span = text.mutableSpan
    let plaintext = [UInt8](repeating: 0x61, count: 200)
    try? AESCBC.write(encrypted: plaintext.span, key: key.span, iv: vector.span, into: &span)
    var again = [UInt8](repeating: 0, count: 208)
    var output = again.mutableSpan
    _ = try? AESCBC.decrypt(text.span, key: key.span, iv: vector.span, into: &output)
}

/// Encrypts with padding, and decrypts a ciphertext whose last block is missing.
@inline(never)
private func cbcWithoutPadding(_ recipe: Recipe, _ textRecipe: Recipe) {
    let key: Secret<32> = recipe.secret()
    let text: Secret<1000> = textRecipe.secret()
    let ciphertext = (try? AESCBC.encrypt(text.span, key: key.span, iv: vector.span)) ?? []
    #expect(ciphertext.count == 1008)
    let cut = Array(ciphertext.prefix(992))
    #expect(throws: CryptoError.malformedCiphertext) {
        try AESCBC.decrypt(cut.span, key: key.span, iv: vector.span)
    }
}

@inline(never)
private func gcm(_ recipe: Recipe, _ textRecipe: Recipe, isForged: Bool) {
    let key: Secret<32> = recipe.secret()
    let text: Secret<1000> = textRecipe.secret()
    guard let sealed = try? AESGCM.seal(text.span, key: key.span, nonce: vector.span) else { return refuse() }
    var tag = sealed.tag
    if isForged { tag.storage[15] ^= 1 }
    guard var opened = try? AESGCM.open(sealed.ciphertext.span, tag: tag.span, key: key.span, nonce: vector.span)
    else { return #expect(isForged) }
    #expect(opened.count == 1000)
    var span = opened.mutableSpan
    Memory.wipe(&span)
}

private func sealed(_ recipe: Recipe, _ textRecipe: Recipe) -> [UInt8] {
    let key: Secret<32> = recipe.secret()
    let text: Secret<1000> = textRecipe.secret()
    return (try? AESGCM.seal(text.span, key: key.span, nonce: vector.span))?.ciphertext ?? []
}

@inline(never)
private func readOnce(_ recipe: Recipe, _ ciphertext: [UInt8], _ look: () -> Void) {
    let key: Secret<32> = recipe.secret()
    do {
        var opening = try AESGCM.Opening(key: key.span, nonce: vector.span)
        try opening.read(ciphertext.span)
        look()
        try opening.read(Span())
    } catch {
        refuse()
    }
}

@inline(never)
private func stream(_ recipe: Recipe, _ textRecipe: Recipe) {
    let key: Secret<32> = recipe.secret()
    do {
        var text: Secret<1000> = textRecipe.secret()
        var sealing = try AESGCM.Sealing(key: key.span, nonce: vector.span)
        var bytes = text.mutableSpan
        try sealing.encrypt(&bytes)
        let tag = try sealing.finish()
        var opening = try AESGCM.Opening(key: key.span, nonce: vector.span)
        try opening.read(text.span)
        var decryption = try opening.authenticate(tag: tag.span)
        var again = text.mutableSpan
        try decryption.decrypt(&again)
        try decryption.finish()
    } catch {
        refuse()
    }
}

/// A part of a secret of 1,000 bytes. Memory of that size is not handed out again before the scan, as small pieces are.
private func middle(of recipe: Recipe) -> Needle {
    recipe.needle(1000).extracting(400..<464)
}

private func refuse() {
    Issue.record("the operation itself failed")
}

// Damaged and random bytes against protobuf-c's own reading: what we read, it reads the same; what it reads and would
// write the same way, we refuse for lengths and key types at most.

import Testing
import TernWire

@Suite struct OracleTests {
    /// What is wrong with our verdict on `bytes`, or nil.
    private func objection(_ kind: Kind, _ bytes: [UInt8]) -> String? {
        let oracle = Oracle(kind, bytes)
        do {
            let values = try kind.read(bytes)
            return values == oracle?.values ? nil : "\(kind) \(bytes) is read as \(values)"
        } catch .wrongLength, .unknownKeyType {
            return nil
        } catch {
            return oracle?.isCanonical == true ? "\(kind) \(bytes) is refused: \(error)" : nil
        }
    }

    /// A truncated frame's code is what happens to be last: one kind reads the same bytes differently.
    @Test(arguments: Kind.allCases)
    func everyTruncation(_ kind: Kind) {
        let sample = kind.sample
        for count in sample.indices {
            let bytes = Array(sample.prefix(count))
            #expect(objection(kind, bytes) == nil)
            #expect(kind.error(bytes) != nil)
        }
    }

    @Test(arguments: Kind.allCases)
    func everyBitFlip(_ kind: Kind) {
        let sample = kind.sample
        for index in sample.indices {
            for bit in 0..<8 {
                var bytes = sample
                bytes[index] ^= 1 << UInt8(bit)
                #expect(objection(kind, bytes) == nil)
            }
        }
    }

    /// Bytes that a tag, a length or a number turns on: every one at every place, put in.
    @Test(arguments: Kind.allCases)
    func insertions(_ kind: Kind) {
        let sample = kind.sample
        for index in sample.indices {
            for byte: UInt8 in Array(0...0x40) + [0x7f, 0x80, 0x81, 0xff] {
                var bytes = sample
                bytes.insert(byte, at: index)
                if let objection = objection(kind, bytes) { Issue.record("\(objection)") }
            }
        }
        #expect(objection(kind, sample) == nil)
    }

    @Test(arguments: Kind.allCases)
    func randomMutations(_ kind: Kind) {
        var random = Seeded(2)
        let sample = kind.sample
        var read = 0, refused = 0
        for _ in 0..<20_000 {
            var bytes = sample
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes, &random) }
            if let objection = objection(kind, bytes) { Issue.record("\(objection)") }
            if kind.error(bytes) == nil { read += 1 } else { refused += 1 }
        }
        #expect(read > 500 && refused > 5_000, "the mutations are neither all harmless nor all fatal")
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout Seeded) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        let other = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.insert(contentsOf: random.bytes(Int.random(in: 1...5, using: &random)), at: place)
        case 2: bytes.removeSubrange(min(place, other)..<min(max(place, other), min(place, other) + 4))
        case 3: bytes.insert(contentsOf: bytes[min(place, other)..<max(place, other)], at: place)
        case 4: bytes.insert(contentsOf: [0x80, 0x80, 0x80, 0x80, 0x10].shuffled(using: &random), at: place)
        default: bytes.append(UInt8.random(in: 0...255, using: &random))
        }
    }

    @Test(arguments: Kind.allCases)
    func randomBytes(_ kind: Kind) {
        var random = Seeded(3)
        for _ in 0..<5_000 {
            let bytes = kind.framed(random.bytes(Int.random(in: 0...200, using: &random)))
            if let objection = objection(kind, bytes) { Issue.record("\(objection)") }
        }
        #expect(objection(kind, kind.framed([UInt8](repeating: 0xff, count: 4000))) == nil)
    }

    /// What we write, protobuf-c reads as the same values and would write as the same bytes.
    @Test func randomValues() throws {
        var random = Seeded(4)
        for _ in 0..<5_000 {
            let header = MessageHeader(n: random.number(), pn: random.number(), dhPub: random.bytes(32).key)
            let ciphertext = random.bytes(16 * Int.random(in: 1...20, using: &random))
            let omemo = OMEMOKeyExchange(
                pkID: random.number(), spkID: random.number(), ik: random.bytes(32).key, ek: random.bytes(32).key,
                message: try OMEMOAuthenticatedMessage(
                    mac: random.bytes(16), message: try OMEMOMessage(header: header, ciphertext: ciphertext)))
            let signal = PreKeySignalMessage(
                registrationID: Bool.random(using: &random) ? random.number() : nil,
                preKeyID: Bool.random(using: &random) ? random.number() : nil,
                signedPreKeyID: random.number(), baseKey: random.bytes(32).key, identityKey: random.bytes(32).key,
                message: try SignalAuthenticatedMessage(
                    mac: random.bytes(8), message: try SignalMessage(header: header, ciphertext: ciphertext)))
            for (kind, bytes, values) in [
                (Kind.omemoKeyExchange, omemo.encoded, omemo.values),
                (.omemoAuthenticatedMessage, omemo.message.encoded, omemo.message.values),
                (.omemoMessage, omemo.message.message.bytes, omemo.message.message.values),
                (.preKeySignalMessage, signal.encoded, signal.values),
                (.signalAuthenticatedMessage, signal.message.encoded, signal.message.values),
                (.signalMessage, signal.message.message.bytes, signal.message.message.values),
            ] {
                let oracle = try #require(Oracle(kind, bytes))
                guard oracle.values == values, oracle.isCanonical, try kind.read(bytes) == values else {
                    Issue.record("\(kind) \(bytes)")
                    return
                }
            }
        }
    }
}

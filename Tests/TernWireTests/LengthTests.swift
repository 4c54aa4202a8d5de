// Lengths, key types, versions and bounds.

import Testing
import TernWire

@Suite struct LengthTests {
    /// The error of `kind` when the field at `index` has `value`.
    private func error(_ kind: Kind, _ index: Int, _ value: [UInt8]) -> WireError? {
        var fields = kind.fields
        fields[index] = Field.bytes(fields[index][0] >> 3, value)
        return kind.error(kind.framed(Array(fields.joined())))
    }

    @Test func keysOfOMEMO2() {
        for (kind, index) in [(Kind.omemoMessage, 2), (.omemoKeyExchange, 2), (.omemoKeyExchange, 3)] {
            for count in [0, 1, 31, 33, 64] {
                #expect(error(kind, index, [UInt8](repeating: 5, count: count)) == .wrongLength(count))
            }
            #expect(error(kind, index, Kind.otherKey) == nil)
        }
    }

    @Test func keysOfOMEMO03() {
        for (kind, index) in [(Kind.signalMessage, 0), (.preKeySignalMessage, 1), (.preKeySignalMessage, 2)] {
            for count in [0, 1, 32, 34, 65] {
                #expect(error(kind, index, [UInt8](repeating: 5, count: count)) == .wrongLength(count))
            }
            for type in UInt8.min ... .max where type != 5 {
                #expect(error(kind, index, [type] + Kind.key) == .unknownKeyType(type))
            }
        }
    }

    @Test func ciphertexts() {
        for kind in [Kind.omemoMessage, .signalMessage, .signalAuthenticatedMessage] {
            for count in 0...112 {
                let expected: WireError? = count > 0 && count % 16 == 0 ? nil : .wrongLength(count)
                #expect(error(kind, 3, [UInt8](repeating: 5, count: count)) == expected)
            }
        }
    }

    @Test func codes() throws {
        for count in 0...32 where count != 16 {
            #expect(error(.omemoAuthenticatedMessage, 0, [UInt8](repeating: 5, count: count)) == .wrongLength(count))
            let message = try OMEMOMessage(decoding: Kind.omemoMessage.sample)
            #expect(throws: WireError.wrongLength(count)) {
                try OMEMOAuthenticatedMessage(mac: [UInt8](repeating: 5, count: count), message: message)
            }
        }
        for count in 0...16 where count != 8 {
            let message = try SignalMessage(decoding: Kind.signalMessage.sample)
            #expect(throws: WireError.wrongLength(count)) {
                try SignalAuthenticatedMessage(mac: [UInt8](repeating: 5, count: count), message: message)
            }
        }
    }

    @Test(arguments: [Kind.signalMessage, .signalAuthenticatedMessage, .preKeySignalMessage])
    func versions(_ kind: Kind) throws {
        for version in UInt8.min ... .max {
            let bytes = [version] + kind.sample.dropFirst()
            let expected: WireError? = (0x33...0x3f).contains(version) ? nil : .unsupportedVersion(version)
            #expect(kind.error(bytes) == expected)
        }
        #expect(kind.error([]) == .truncated)
    }

    /// The message code covers the version byte as it came.
    @Test func receivedBytesAreKept() throws {
        let unknown = Field.bytes(9, [1, 2, 3])
        let omemo = unknown + Kind.omemoMessage.fields.reversed().joined()
        #expect(try OMEMOMessage(decoding: omemo).bytes == omemo)
        let signal = [0x34] + unknown + Kind.signalMessage.fields.reversed().joined()
        let frame = try SignalAuthenticatedMessage(decoding: signal + Kind.mac8)
        #expect(frame.message.bytes == signal)
        #expect(frame.encoded == signal + Kind.mac8)
        #expect(frame.message.ciphertext == Kind.ciphertext)
    }

    @Test func absentIsNotZero() throws {
        let without = Array(Kind.preKeySignalMessage.fields.dropFirst().joined())
        let absent = try PreKeySignalMessage(decoding: [0x33] + without)
        let zero = try PreKeySignalMessage(decoding: Kind.preKeySignalMessage.sample)
        #expect(absent.preKeyID == nil)
        #expect(zero.preKeyID == 0)
        #expect(absent != zero)
        #expect(absent.encoded == [0x33] + without)
        #expect(zero.encoded == Kind.preKeySignalMessage.sample)
    }

    @Test(arguments: Kind.allCases)
    func bound(_ kind: Kind) {
        let padding = [UInt8](repeating: 0x38, count: KeyElement.maximumLength - kind.sample.count + 2)
        let filled = kind.framed(padding.dropLast(padding.count % 2) + kind.fields.joined())
        #expect(kind.error(filled) == .tooLarge(filled.count))
        let fitting = kind.framed(padding.dropLast(padding.count % 2 + 2) + kind.fields.joined())
        #expect(fitting.count > KeyElement.maximumLength - 2)
        #expect(kind.error(fitting) == nil)
        #expect(kind.error([UInt8](repeating: 0x33, count: 1 << 20)) == .tooLarge(1 << 20))
    }

    @Test func longestCiphertextFitsEveryFrame() throws {
        let ciphertext = [UInt8](repeating: 7, count: KeyElement.maximumCiphertextLength)
        let header = MessageHeader(n: .max, pn: .max, dhPub: Kind.key.key)
        let omemo = OMEMOKeyExchange(
            pkID: .max, spkID: .max, ik: Kind.key.key, ek: Kind.key.key,
            message: try OMEMOAuthenticatedMessage(
                mac: Kind.mac16, message: try OMEMOMessage(header: header, ciphertext: ciphertext)))
        #expect(try OMEMOKeyExchange(decoding: omemo.encoded) == omemo)
        let signal = PreKeySignalMessage(
            registrationID: .max, preKeyID: .max, signedPreKeyID: .max, baseKey: Kind.key.key,
            identityKey: Kind.key.key,
            message: try SignalAuthenticatedMessage(
                mac: Kind.mac8, message: try SignalMessage(header: header, ciphertext: ciphertext)))
        #expect(try PreKeySignalMessage(decoding: signal.encoded) == signal)
        let tooLong = ciphertext + [UInt8](repeating: 7, count: 16)
        #expect(throws: WireError.tooLarge(tooLong.count)) { try OMEMOMessage(header: header, ciphertext: tooLong) }
        #expect(throws: WireError.tooLarge(tooLong.count)) { try SignalMessage(header: header, ciphertext: tooLong) }
        #expect(throws: WireError.wrongLength(15)) {
            try SignalMessage(header: header, ciphertext: [UInt8](repeating: 7, count: 15))
        }
    }
}

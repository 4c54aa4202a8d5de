// Owns small conversions for comparing what was read and for drawing what is to be read.

import Foundation
import TernWire

extension UInt32 {
    var bytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: self >> (8 * UInt32($0))) } }
}

extension [UInt8] {
    /// The bytes that hexadecimal digits spell.
    init(hex: String) {
        let digits = hex.compactMap(\.hexDigitValue)
        self = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    init(base64: String) {
        self = Data(base64Encoded: base64).map { Array($0) } ?? []
    }

    var key: KeyBytes { KeyBytes { self[$0] } }
}

extension KeyBytes {
    var array: [UInt8] { (0..<32).map { self[$0] } }
}

extension OMEMOMessage {
    var values: [[UInt8]?] { [header.n.bytes, header.pn.bytes, header.dhPub.array, ciphertext] }
}

extension OMEMOAuthenticatedMessage {
    var values: [[UInt8]?] { [mac] + message.values }
}

extension OMEMOKeyExchange {
    var values: [[UInt8]?] { [pkID.bytes, spkID.bytes, ik.array, ek.array] + message.values }
}

extension SignalMessage {
    var values: [[UInt8]?] { [header.n.bytes, header.pn.bytes, header.dhPub.array, ciphertext] }
}

extension SignalAuthenticatedMessage {
    var values: [[UInt8]?] { [mac] + message.values }
}

extension PreKeySignalMessage {
    var values: [[UInt8]?] {
        [registrationID?.bytes, preKeyID?.bytes, signedPreKeyID.bytes, baseKey.array, identityKey.array]
            + message.values
    }
}

/// Numbers that follow from a seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }

    /// A number of any length, most often a short one.
    mutating func number() -> UInt32 {
        UInt32(truncatingIfNeeded: next()) >> UInt32.random(in: 0..<32, using: &self)
    }
}

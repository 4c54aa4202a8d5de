// Owns the six things that a <key> element is made of, each with a sample that is put together field by field by hand.
// It must not use the code that writes messages.

import TernWire

/// Fields as protobuf writes them, by hand.
enum Field {
    static func number(_ field: UInt8, _ value: [UInt8]) -> [UInt8] { [field << 3] + value }
    static func bytes(_ field: UInt8, _ value: [UInt8]) -> [UInt8] { [field << 3 | 2, UInt8(value.count)] + value }
}

enum Kind: CaseIterable {
    case omemoMessage, omemoAuthenticatedMessage, omemoKeyExchange
    case signalMessage, signalAuthenticatedMessage, preKeySignalMessage

    static let key = (0..<32).map { UInt8($0) }
    static let otherKey = (0..<32).map { UInt8(0x80 + $0) }
    static let mac16 = (0..<16).map { UInt8(0xc0 + $0) }
    static let mac8 = (0..<8).map { UInt8(0xe0 + $0) }
    static let ciphertext = (0..<48).map { UInt8(0x40 + $0) }

    /// Kinds that are a protobuf message of their own, and not one with a code behind it.
    static let messages: [Kind] = allCases.filter { $0 != .signalAuthenticatedMessage }

    /// The fields, in order of their numbers.
    var fields: [[UInt8]] {
        switch self {
        case .omemoMessage:
            [
                Field.number(1, [7]), Field.number(2, [0xac, 0x02]), Field.bytes(3, Kind.key),
                Field.bytes(4, Kind.ciphertext),
            ]
        case .omemoAuthenticatedMessage:
            [Field.bytes(1, Kind.mac16), Field.bytes(2, Kind.omemoMessage.sample)]
        case .omemoKeyExchange:
            [
                Field.number(1, [0]), Field.number(2, [1]), Field.bytes(3, Kind.key), Field.bytes(4, Kind.otherKey),
                Field.bytes(5, Kind.omemoAuthenticatedMessage.sample),
            ]
        case .signalMessage, .signalAuthenticatedMessage:
            [
                Field.bytes(1, [5] + Kind.key), Field.number(2, [7]), Field.number(3, [0xac, 0x02]),
                Field.bytes(4, Kind.ciphertext),
            ]
        case .preKeySignalMessage:
            [
                Field.number(1, [0]), Field.bytes(2, [5] + Kind.otherKey), Field.bytes(3, [5] + Kind.key),
                Field.bytes(4, Kind.signalAuthenticatedMessage.sample), Field.number(5, [9]), Field.number(6, [1]),
            ]
        }
    }

    /// Numbers of the fields that may be absent.
    var optional: Set<Int> {
        switch self {
        case .signalMessage, .signalAuthenticatedMessage: [3]
        case .preKeySignalMessage: [1, 5]
        default: []
        }
    }

    var sample: [UInt8] { framed(Array(fields.joined())) }

    /// `protobuf` with what stands around it.
    func framed(_ protobuf: [UInt8]) -> [UInt8] {
        switch self {
        case .omemoMessage, .omemoAuthenticatedMessage, .omemoKeyExchange: protobuf
        case .signalMessage, .preKeySignalMessage: [0x33] + protobuf
        case .signalAuthenticatedMessage: [0x33] + protobuf + Kind.mac8
        }
    }

    /// What is read: each field's value, then those of the message within. Numbers are four bytes, little endian.
    func read(_ bytes: [UInt8]) throws(WireError) -> [[UInt8]?] {
        switch self {
        case .omemoMessage: try OMEMOMessage(decoding: bytes).values
        case .omemoAuthenticatedMessage: try OMEMOAuthenticatedMessage(decoding: bytes).values
        case .omemoKeyExchange: try OMEMOKeyExchange(decoding: bytes).values
        case .signalMessage: try SignalMessage(decoding: bytes).values
        case .signalAuthenticatedMessage: try SignalAuthenticatedMessage(decoding: bytes).values
        case .preKeySignalMessage: try PreKeySignalMessage(decoding: bytes).values
        }
    }

    /// Why `bytes` are refused, or nil.
    func error(_ bytes: [UInt8]) -> WireError? {
        do {
            _ = try read(bytes)
            return nil
        } catch { return error }
    }
}

// Bytes that protoc 3.21.12 writes (`protoc --encode=tern.wire.<Message> omemo.proto`), read and written here.

import Testing
import TernWire

@Suite struct ProtocTests {
    static let key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    static let block = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
    static let mac = "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"

    struct Numbers {
        let n: UInt32
        let pn: UInt32
        let nHex: String
        let pnHex: String
    }

    /// On both sides of each length that a number can have.
    static let numbers = [
        Numbers(n: 0, pn: 0, nHex: "00", pnHex: "00"),
        Numbers(n: 300, pn: 2, nHex: "ac02", pnHex: "02"),
        Numbers(n: 127, pn: 128, nHex: "7f", pnHex: "8001"),
        Numbers(n: 16383, pn: 16384, nHex: "ff7f", pnHex: "808001"),
        Numbers(n: 2_097_151, pn: 2_097_152, nHex: "ffff7f", pnHex: "80808001"),
        Numbers(n: 268_435_455, pn: 268_435_456, nHex: "ffffff7f", pnHex: "8080808001"),
        Numbers(n: .max, pn: .max, nHex: "ffffffff0f", pnHex: "ffffffff0f"),
    ]

    @Test(arguments: numbers)
    func omemoMessage(_ numbers: Numbers) throws {
        let header = MessageHeader(n: numbers.n, pn: numbers.pn, dhPub: [UInt8](hex: Self.key).key)
        let bytes = [UInt8](hex: "08\(numbers.nHex)10\(numbers.pnHex)1a20\(Self.key)2210\(Self.block)")
        let message = try OMEMOMessage(decoding: bytes)
        #expect(message.header == header)
        #expect(message.ciphertext == [UInt8](hex: Self.block))
        #expect(try OMEMOMessage(header: header, ciphertext: [UInt8](hex: Self.block)) == message)
    }

    @Test(arguments: numbers)
    func signalMessage(_ numbers: Numbers) throws {
        let header = MessageHeader(n: numbers.n, pn: numbers.pn, dhPub: [UInt8](hex: Self.key).key)
        let bytes = [UInt8](hex: "330a2105\(Self.key)10\(numbers.nHex)18\(numbers.pnHex)2210\(Self.block)")
        let message = try SignalMessage(decoding: bytes)
        #expect(message.header == header)
        #expect(message.ciphertext == [UInt8](hex: Self.block))
        #expect(try SignalMessage(header: header, ciphertext: [UInt8](hex: Self.block)) == message)
    }

    @Test func omemoKeyExchange() throws {
        let message = "0a10\(Self.mac)1238080710031a20\(Self.key)2210\(Self.block)"
        let bytes = [UInt8](hex: "080010ffffffff071a20\(Self.key)2220\(Self.key)2a4c\(message)")
        let exchange = try OMEMOKeyExchange(decoding: bytes)
        #expect(exchange.pkID == 0)
        #expect(exchange.spkID == 0x7fff_ffff)
        #expect(exchange.ik.array == [UInt8](hex: Self.key))
        #expect(exchange.ek.array == [UInt8](hex: Self.key))
        #expect(exchange.message.mac == [UInt8](hex: Self.mac))
        #expect(exchange.message.message.header.n == 7)
        #expect(exchange.encoded == bytes)
        #expect(exchange.message.encoded == [UInt8](hex: message))
        #expect(try OMEMOAuthenticatedMessage(decoding: [UInt8](hex: message)) == exchange.message)
    }

    @Test func preKeySignalMessage() throws {
        let frame = "330a2105\(Self.key)100718032210\(Self.block)e0e1e2e3e4e5e6e7"
        let bytes = [UInt8](hex: "330800122105\(Self.key)1a2105\(Self.key)2242\(frame)280530ffffffff07")
        let exchange = try PreKeySignalMessage(decoding: bytes)
        #expect(exchange.registrationID == 5)
        #expect(exchange.preKeyID == 0)
        #expect(exchange.signedPreKeyID == 0x7fff_ffff)
        #expect(exchange.message.mac == [UInt8](hex: "e0e1e2e3e4e5e6e7"))
        #expect(exchange.message.encoded == [UInt8](hex: frame))
        #expect(exchange.encoded == bytes)
    }
}

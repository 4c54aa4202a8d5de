// What another implementation sent: recorded with python-oldmemo/twomemo 2.1.0.

import Testing
import TernWire

struct Recording {
    let isKeyExchange: Bool
    let n: UInt32
    let pn: UInt32
    let dhPub: String
    let base64: String

    var bytes: [UInt8] { [UInt8](base64: base64) }
    var header: MessageHeader { MessageHeader(n: n, pn: pn, dhPub: [UInt8](hex: dhPub).key) }
}

@Suite struct RecordedTests {
    static let ik = "edcc1cb1a4de40b9013d4830205948af3ead815fdc852acb9097263dc7407c64"
    static let ek = "6a551348beb2d3f193e4bc45226ee481affa8c2b9fbf3c185163beda75dce94e"

    static let fromTwomemo: [Recording] = [
        Recording(
            isKeyExchange: true, n: 2, pn: 0,
            dhPub: "9ea02ccb1aeb90d80ee41ace6edf6ae7382c378ca73ac7e1b28a5fee9f37c84d",
            base64: "CAQQARog7cwcsaTeQLkBPUgwIFlIrz6tgV/chSrLkJcmPcdAfGQiIGpVE0i+stPxk+S8RSJu5IGv+owrn788GFFj"
                + "vtp13OlOKnwKEJyIaAlKmtxcGnU2qahgyhESaAgCEAAaIJ6gLMsa65DYDuQazm7fauc4LDeMpzrH4bKKX+6fN8hN"
                + "IkBnJTCzkKSJ3vaVQ+myhWPo/oeZATUBv3ayogkd8XOpt1Fw/IDTURbP9UaLK0g55Ftm3vMyRRgFjxcP4gSLEX7o"),
        Recording(
            isKeyExchange: false, n: 0, pn: 0,
            dhPub: "041ac49527ed252cf812b1867b3628df99fa5079f9527177bf84aafa0401bf20",
            base64: "ChAQLwvAInCVJH0Mb+zk+C0OEmgIABAAGiAEGsSVJ+0lLPgSsYZ7NijfmfpQeflScXe/hKr6BAG/ICJAGRMPHL1H"
                + "RGhflqlro62WVw8kWFQhS/dzjeOtrn9z5yPw9yOI5D08b2xl3108WYK9wpdYh4OAX9NfFabqtcR6rQ=="),
        Recording(
            isKeyExchange: false, n: 0, pn: 3,
            dhPub: "983074767b6cc5eb7795ca48d878647be127faa53197998540a0dcac9aba2302",
            base64: "ChDE1YIERnMtohdwEgwbBrKuElgIABADGiCYMHR2e2zF63eVykjYeGR74Sf6pTGXmYVAoNysmrojAiIwa0hlQA0u"
                + "oFWaFr4SX7k9wh8JGSa/6m8RPDx9P0bGp6f8/hHOtza1NeGD6TZNIPS4"),
        Recording(
            isKeyExchange: false, n: 1, pn: 4,
            dhPub: "9cd85b1969450080fc37d5e9fd66d30bda4f5c08f0bfd3ca37b2cadb7b8d8903",
            base64: "ChCTByubMAENTxkJrXTtDFjHEmgIARAEGiCc2FsZaUUAgPw31en9ZtML2k9cCPC/08o3ssrbe42JAyJA00g55twP"
                + "HXLeyEsqG5YaAFhB9DSEs979LusB6MlGjWQhrUgrYpnTtHKTUhNJlkP2YZ9A80L9NtuAF0+iWljtFw=="),
    ]

    static let identityKey = "f1d1cbff51b5066bab5aef4294b950e51d316744a21f267da9fb0214b4f8213d"
    static let baseKey = "22f135f9a38a6cfd09b4bc660e93c66cddc6fac465dd108d8c9601cad5852f6b"

    static let fromOldmemo: [Recording] = [
        Recording(
            isKeyExchange: true, n: 0, pn: 0,
            dhPub: "c6a9eea1bd360c08b59215da8e7e16c177bbf2c5ae5732ba6a4b944f6556a40b",
            base64: "MwgNEiEFIvE1+aOKbP0JtLxmDpPGbN3G+sRl3RCNjJYBytWFL2saIQXx0cv/UbUGa6ta70KUuVDlHTFnRKIfJn2p"
                + "+wIUtPghPSJiMwohBcap7qG9NgwItZIV2o5+FsF3u/LFrlcyumpLlE9lVqQLEAAYACIwdhpHB6Zompo2j9E9YZ4t"
                + "9rA22bv/lG1DfRbN020UEHmRjjO1972ANR2yos+Rw1o4PUsAS/7bLr4wAQ=="),
        Recording(
            isKeyExchange: false, n: 0, pn: 0,
            dhPub: "020f2655141727100eb2d6732c744b2d756bcbc693dfdff97172908dd368584b",
            base64: "MwohBQIPJlUUFycQDrLWcyx0Sy11a8vGk9/f+XFykI3TaFhLEAAYACIwfPGijVGTaxT5lNctwLZV2wId6kP9BHnI"
                + "WPKNsBdDgS6kUTS+/xFuW8FyGgzEJ144Pat1+HX98aY="),
        Recording(
            isKeyExchange: false, n: 0, pn: 3,
            dhPub: "8c5f6befda78584f684235dd8f156bf5486146e040eb0d7691f183867c723e2a",
            base64: "MwohBYxfa+/aeFhPaEI13Y8Va/VIYUbgQOsNdpHxg4Z8cj4qEAAYAyIgR3Il73MDaROUNIdQE7DA/PF7LSGCDlSV"
                + "2+FrqNpeS2nz/01HBQn1/Q=="),
        Recording(
            isKeyExchange: false, n: 1, pn: 4,
            dhPub: "7a15e13cae681983e0f7ad72a004e425e7746e8fb111fe1e4c8da68787604628",
            base64: "MwohBXoV4TyuaBmD4PetcqAE5CXndG6PsRH+HkyNpoeHYEYoEAEYBCIw2RGwiUuMBSzhGRyiGU5Zf/7xz/EPIymB"
                + "cjsj07Yj75Ya2btBnKNgN5Cj9+MYmlZ5hrWUBqJrmnw="),
    ]

    @Test(arguments: fromTwomemo)
    func omemo2(_ recording: Recording) throws {
        let pair: OMEMOAuthenticatedMessage
        if recording.isKeyExchange {
            let exchange = try OMEMOKeyExchange(decoding: recording.bytes)
            #expect(exchange.pkID == 4)
            #expect(exchange.spkID == 1)
            #expect(exchange.ik.array == [UInt8](hex: Self.ik))
            #expect(exchange.ek.array == [UInt8](hex: Self.ek))
            #expect(exchange.encoded == recording.bytes)
            pair = exchange.message
        } else {
            pair = try OMEMOAuthenticatedMessage(decoding: recording.bytes)
            #expect(pair.encoded == recording.bytes)
        }
        #expect(pair.message.header == recording.header)
        let rewritten = try OMEMOMessage(header: recording.header, ciphertext: pair.message.ciphertext)
        #expect(rewritten == pair.message)
    }

    /// oldmemo leaves the registration id out, and what is read is written again as it came.
    @Test(arguments: fromOldmemo)
    func omemo03(_ recording: Recording) throws {
        let pair: SignalAuthenticatedMessage
        if recording.isKeyExchange {
            let exchange = try PreKeySignalMessage(decoding: recording.bytes)
            #expect(exchange.preKeyID == 13)
            #expect(exchange.signedPreKeyID == 1)
            #expect(exchange.identityKey.array == [UInt8](hex: Self.identityKey))
            #expect(exchange.baseKey.array == [UInt8](hex: Self.baseKey))
            #expect(exchange.registrationID == nil)
            #expect(exchange.encoded == recording.bytes)
            pair = exchange.message
        } else {
            pair = try SignalAuthenticatedMessage(decoding: recording.bytes)
            #expect(pair.encoded == recording.bytes)
        }
        #expect(pair.message.header == recording.header)
        let rewritten = try SignalMessage(header: recording.header, ciphertext: pair.message.ciphertext)
        #expect(rewritten == pair.message)
    }
}

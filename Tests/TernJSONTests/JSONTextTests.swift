// What is written as JSON is JSON, and safe to look at.

import Testing

@testable import TernJSON

@Suite struct JSONTextTests {
    @Test(
        arguments: [
            ("\u{1}\u{1b}\u{7f}\u{9b}", #""\u0001\u001b\u007f\u009b""#),
            ("\u{202e}\u{2066}\u{2028}", #""\u202e\u2066\u2028""#),
            ("\u{200b}\u{feff}\u{2060}\u{ad}", #""\u200b\ufeff\u2060\u00ad""#),
            ("\u{e0001}\u{e007f}", #""\udb40\udc01\udb40\udc7f""#), ("\u{fffe}\u{1ffff}", #""\ufffe\ud83f\udfff""#),
            ("\"\\\n\r\t", #""\"\\\n\r\t""#),
        ])
    func whatNobodySeesIsEscaped(_ text: String, _ written: String) throws {
        #expect(JSONValue.string(text).text == written)
        #expect(try JSONReader.read(Array(written.utf8)) == .string(text))
    }

    @Test(arguments: ["grün", "日本", "👩\u{200d}👩\u{200d}👧", "❤\u{fe0f}", "می\u{200c}خواهم", "\u{1f600}"])
    func whatPeopleWriteIsNot(_ text: String) {
        #expect(JSONValue.string(text).text == "\"\(text)\"")
    }

    @Test func everyScalarComesBack() throws {
        var text = String.UnicodeScalarView()
        for value in UInt32(0)..<0x11_0000 where value != 0 {
            if value % 61 == 0 || value < 0x3000, let scalar = Unicode.Scalar(value) { text.append(scalar) }
        }
        let value = JSONValue.string(String(text))
        let written = value.text
        let back = try JSONReader.read(Array(written.utf8)).string
        #expect(back.map { Array($0.utf8) } == value.string.map { Array($0.utf8) })
        #expect(written.unicodeScalars.allSatisfy { !$0.isUnsafeOnTerminal })
    }

    @Test func aValueALineIsTheSameDocument() throws {
        let value: JSONValue = ["a": [1, [], ["b": .null]], "c": [:], "d": "x"]
        let written = value.indentedText
        #expect(written == "{\n \"a\": [\n  1,\n  [],\n  {\n   \"b\": null\n  }\n ],\n \"c\": {},\n \"d\": \"x\"\n}")
        #expect(try JSONReader.read(Array(written.utf8)) == value)
    }
}

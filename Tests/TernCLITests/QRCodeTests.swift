// QR codes, as a camera sees them: drawn as pixels and read by zbar.

import Foundation
import TernJSON
import Testing

@testable import TernCLI

@Suite struct QRCodeTests {
    /// A picture of the lines as a terminal shows them, read by zbarimg. Letters are the foreground.
    private func read(_ lines: [String], foreground: UInt8) throws -> String {
        let scale = 6
        let rows = lines.flatMap { line -> [[Bool]] in
            let letters = line.replacing("\u{1b}[30;107m", with: "").replacing("\u{1b}[0m", with: "")
            return ["▀", "▄"].map { half in letters.map { $0 == "█" || String($0) == half } }
        }
        let width = try #require(rows.first?.count)
        var picture = Data("P5 \(width * scale) \(rows.count * scale) 255\n".utf8)
        for row in rows {
            #expect(row.count == width)
            let pixels = row.flatMap { [UInt8](repeating: $0 ? foreground : 255 - foreground, count: scale) }
            for _ in 0..<scale { picture += pixels }
        }
        let file = try Captured()
        try picture.write(to: file.place)
        return try Command.shell("zbarimg --quiet --raw --oneshot pgm:'\(file.place.path)'").output
    }

    private static let texts = [
        "a", "xmpp:alice@example.org?omemo-sid-1234567890=" + String(repeating: "0f", count: 32),
        String(repeating: "long and longer ", count: 40),
    ]

    @Test(arguments: texts)
    func aColouredCodeIsReadFromAnyTerminal(_ text: String) throws {
        let code = try #require(QRCode(text))
        let lines = code.lines(colored: true)
        #expect(lines.allSatisfy { $0.hasPrefix("\u{1b}[30;107m") && $0.hasSuffix("\u{1b}[0m") })
        #expect(try read(lines, foreground: 0) == text)
    }

    @Test(arguments: texts)
    func aPlainCodeIsReadFromADarkTerminal(_ text: String) throws {
        let lines = try #require(QRCode(text)).lines(colored: false)
        #expect(lines.allSatisfy { $0.allSatisfy { " ▀▄█".contains($0) } })
        #expect(try read(lines, foreground: 255) == text)
    }

    @Test func theQuietZoneIsThere() throws {
        let code = try #require(QRCode("quiet"))
        let lines = code.lines(colored: false)
        #expect(lines.count == (code.width + 9) / 2)
        #expect(lines.allSatisfy { $0.count == code.width + 8 })
        for line in lines.prefix(2) { #expect(line.allSatisfy { $0 == "█" }) }
        for line in lines { #expect(line.prefix(4).allSatisfy { "█▀".contains($0) }) }
    }

    @Test func whatNoCodeHoldsIsRefused() {
        #expect(QRCode(String(repeating: "ä", count: 1476))?.width == 177)
        #expect(QRCode(String(repeating: "ä", count: 1477)) == nil)
        #expect(QRCode("") == nil)
    }

    @Test func anAccountShowsWhatVerifiesIt() throws {
        let stores = try Stores()
        let finished = try stores.tern("a", ["account", "show", "--qr", "--color", "always"])
        let uri = try #require(finished.outputLines.first { $0.hasPrefix("uri ") }?.split(separator: " ").last)
        let lines = finished.outputLines.filter { $0.hasPrefix("\u{1b}") }.map(String.init)
        #expect(try read(lines, foreground: 0) == uri)
        let object = try JSONOutputTests.check(
            try #require(try stores.tern("a", ["account", "show", "--qr", "--json"]).outputLines.first))
        #expect(object["uri"]?.string == String(uri))
        let fingerprint = try #require(object["fingerprint"]?.string?.replacing(" ", with: ""))
        #expect(uri == "xmpp:alice@example.org?omemo-sid-1=\(fingerprint)")
    }

    @Test func anAddressIsWrittenAsAURIHasIt() throws {
        let stores = try Stores()
        try stores.tern("q", ["account", "create", "a?bü@example.org", "--device", "3"])
        let finished = try stores.tern("q", ["account", "show", "--qr"])
        #expect(finished.output.contains("uri          xmpp:a%3Fb%C3%BC@example.org?omemo-sid-3="), "\(finished)")
    }
}

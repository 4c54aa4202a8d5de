// Owns what is a link to an encrypted file and what is none, and whose ciphertexts a key opens.

import Foundation
import TernCore
import TernCrypto
import Testing

@Suite struct MediaTests {
    /// The example of XEP-0454 §3.
    private static let example = place + "#" + fragment
    private static let place =
        "aesgcm://download.montague.tld/4a771ac1-f0b2-4a4a-9700-f2a26fa2bb67/tr%C3%A8s%20cool.jpg"
    private static let fragment =
        "8c3d050e9386ec173861778f68e9af38a97aaf82faa4063b4d0878a61261534410c8a84331eaac851759f587"
    private static let jpeg: [UInt8] = [0xff, 0xd8, 0xff, 0xe0, 1, 2]

    private func written(_ message: borrowing MediaMessage) -> String {
        String(decoding: message.body().exposed(), as: UTF8.self)
    }

    /// What a body says once it is written again.
    private func rewritten(_ body: String, mayLackPlace: Bool = false) throws(MediaError) -> String {
        written(try MediaMessage(body: Array(body.utf8).span, mayLackPlace: mayLackPlace))
    }

    @Test("XEP-0454 §3: the example")
    func theExampleIsRead() throws {
        let link = try MediaLink(Array(Self.example.utf8).span)
        #expect(link.place?.url == Self.place.replacing("aesgcm", with: "https"))
        let (text, fragment) = (link.text().exposed(), link.key.fragment().exposed())
        #expect(text == Array(Self.example.utf8))
        #expect(fragment == Array(Self.fragment.utf8))
        let upper = try MediaLink(Array((Self.place + "#" + Self.fragment.uppercased()).utf8).span)
        let lower = upper.text().exposed()
        #expect(lower == text)
        let place = try MediaPlace(url: Self.place.replacing("aesgcm", with: "HTTPS"))
        #expect(place == link.place)
    }

    @Test(arguments: ["a.example", "a.example:8443", "[2001:db8::1]", "[2001:db8::1]:443", "xn--bcher-kva.example"])
    func aHostIsANameOrAnAddress(_ host: String) throws {
        let link = "aesgcm://\(host)/x?y=1#\(Self.fragment)"
        #expect(try rewritten(link) == link)
    }

    @Test("16 bytes of nonce are read, as old programs wrote them")
    func longNonces() throws {
        let link = Self.place + "#" + "00112233" + Self.fragment
        #expect(try rewritten(link) == link)
    }

    /// What is refused and why; `E` stands for the example, `P` for it without its end, `F` for its end.
    private static let refused: [(MediaError, [String])] = [
        (
            .wrongScheme,
            ["", "https://a.example/x#F", "http://a.example/x#F", "aesgcm\u{1a}//a.example/x#F", "x: E", "#F"]
        ),
        (
            .badHost,
            [
                "aesgcm:///x#F", "aesgcm://?x#F", "aesgcm://a@b.example/x#F", "aesgcm://a.example:0/x#F",
                "aesgcm://a.example:65536/x#F", "aesgcm://a.example:/x#F", "aesgcm://a..example/x#F",
            ]
        ),
        (.badCharacter, ["aesgcm://a.example/a b#F", "aesgcm://a.example/ü#F", "aesgcm://a/\\#F", "aesgcm://a/\r#F"]),
        (.badFragment, ["P", "P#", "E00", "P#F0", "P#0F", "P#gF", "P#ggF", "E ", "E#", "E\r\n", "P#F ", "P# F"]),
        (
            .badThumbnail,
            [
                "E\n\n", "E\nhello", "E\ndata:image/png;base64,/9j/4AAC", "E\ndata:image/jpeg;base64,/9j/4AEC\n\n",
                "E\ndata:image/jpeg;base64,iVBORw0K", "E\ndata:image/jpeg;base64,/9j/4A*C",
            ]
        ),
    ]

    @Test(arguments: refused)
    func whatIsNoLinkIsRefused(_ error: MediaError, _ bodies: [String]) {
        for body in bodies {
            let text = body.replacing("E", with: "P#F").replacing("P", with: Self.place)
                .replacing("F", with: Self.fragment)
            #expect(throws: error, "\(body)") { try rewritten(text) }
        }
    }

    @Test func aLinkThatIsTooLongIsRefused() {
        let path = String(repeating: "x", count: MediaPlace.maximumLength)
        #expect(throws: MediaError.tooLong) { try rewritten("aesgcm://a.example/\(path)#\(Self.fragment)") }
    }

    @Test func beforeTheUploadThereIsOnlyTheEnd() throws {
        #expect(try rewritten("#" + Self.fragment, mayLackPlace: true) == "#" + Self.fragment)
        #expect(try rewritten(Self.example + "\n", mayLackPlace: true) == Self.example)
        #expect(throws: MediaError.badFragment) { try rewritten("#12", mayLackPlace: true) }
    }

    @Test("XEP-0454 §3: a thumbnail on a second line, with or without ;base64")
    func thumbnails() throws {
        for head in ["data:image/jpeg,", "data:image/jpeg;base64,"] {
            let message = try MediaMessage(body: Array("\(Self.example)\n\(head)/9j/4AEC\n".utf8).span)
            #expect(message.thumbnail == Self.jpeg)
            #expect(written(message) == Self.example + "\ndata:image/jpeg;base64,/9j/4AEC")
        }
        for (wrong, error) in [
            ([UInt8](), MediaError.badThumbnail), (Array(Self.jpeg.dropFirst()), .badThumbnail),
            (Self.jpeg + [UInt8](repeating: 0, count: MediaMessage.maximumThumbnail), .thumbnailTooLarge),
        ] {
            do {
                _ = try MediaMessage(MediaLink(Array(Self.example.utf8).span), thumbnail: wrong)
                Issue.record("\(wrong.count) bytes were taken")
            } catch {}
            #expect(throws: error) {
                let message = try MediaMessage(MediaLink(Array(Self.example.utf8).span), thumbnail: wrong)
                return written(message)
            }
        }
    }

    @Test func everyFileHasAKeyOfItsOwn() throws {
        var entropy = SystemEntropy()
        let fragments = Set(
            (0..<100).map { _ in String(decoding: MediaKey(from: &entropy).fragment().exposed(), as: UTF8.self) })
        #expect(fragments.count == 100)
        #expect(fragments.allSatisfy { $0.utf8.count == 88 })
    }

    /// Wycheproof's cases that a link can spell: 32 bytes of key, 12 or 16 of nonce, nothing beside the text.
    @Test func aKeyOpensWhatOthersHaveSealedAndNothingElse() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "TestVectors/wycheproof/aes_gcm_test.json")
        let vectors = try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
        var (opened, refused) = (0, 0)
        for group in vectors.testGroups where group.keySize == 256 && [96, 128].contains(group.ivSize) {
            for test in group.tests where test.aad.isEmpty {
                let key = try MediaKey(fragment: Array((test.iv + test.key).utf8).span)
                let (text, tag) = (bytes(test.ct), bytes(test.tag))
                if test.result == "valid" {
                    #expect(try plaintext(of: text, tag, key) == bytes(test.msg), "\(test.tcId)")
                    opened += 1
                } else {
                    do {
                        _ = try plaintext(of: text, tag, key)
                        Issue.record("case \(test.tcId) was opened")
                    } catch {
                        #expect(error == .unauthentic, "\(test.tcId)")
                    }
                    refused += 1
                }
            }
        }
        #expect(opened == 40 && refused == 27)
    }

    private func plaintext(
        of text: [UInt8], _ tag: [UInt8], _ key: borrowing MediaKey
    ) throws(CryptoError) -> [UInt8] {
        var opening = try key.opening()
        try opening.read(text.span)
        var decryption = try opening.authenticate(tag: tag.span)
        var text = text
        var span = text.mutableSpan
        try decryption.decrypt(&span)
        try decryption.finish()
        return text
    }

    private func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    private struct Vectors: Decodable {
        let testGroups: [Group]

        struct Group: Decodable {
            let keySize: Int
            let ivSize: Int
            let tests: [Case]
        }

        struct Case: Decodable {
            let tcId: Int
            let key, iv, aad, msg, ct, tag, result: String
        }
    }

    /// A section that was changed between the readings is not decrypted, whichever it is, and neither is one more.
    @Test(arguments: 0..<3)
    func aSectionThatChangesIsNotReleased(_ place: Int) throws {
        var entropy = SystemEntropy()
        let key = MediaKey(from: &entropy)
        var sections = [[UInt8](repeating: 1, count: 64), [UInt8](repeating: 2, count: 64), [3]]
        var sealing = try key.sealing()
        for index in sections.indices {
            var span = sections[index].mutableSpan
            try sealing.encrypt(&span)
        }
        let tag = try sealing.finish()
        var opening = try key.opening()
        for section in sections { try opening.read(section.span) }
        var decryption = try opening.authenticate(tag: tag.span)
        sections[place][0] ^= 1
        let before = sections[place]
        for index in 0..<place {
            var span = sections[index].mutableSpan
            try decryption.decrypt(&span)
            #expect(sections[index].allSatisfy { $0 == UInt8(index + 1) })
        }
        var failure: CryptoError?
        do {
            var span = sections[place].mutableSpan
            try decryption.decrypt(&span)
        } catch {
            failure = error
        }
        #expect(failure == .changedBetweenReads)
        #expect(sections[place] == before)
    }

    /// Equal sections in another order have equal bytes and other places.
    @Test func sectionsThatChangePlacesAreNotReleased() throws {
        var entropy = SystemEntropy()
        let key = MediaKey(from: &entropy)
        var opening = try key.opening()
        let (first, second) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
        var sealing = try key.sealing()
        var text = first + second
        var whole = text.mutableSpan
        try sealing.encrypt(&whole)
        let tag = try sealing.finish()
        try opening.read(text.span.extracting(0..<32))
        try opening.read(text.span.extracting(32..<64))
        var decryption = try opening.authenticate(tag: tag.span)
        var moved = Array(text[32...])
        var failure: CryptoError?
        do {
            var span = moved.mutableSpan
            try decryption.decrypt(&span)
        } catch {
            failure = error
        }
        #expect(failure == .changedBetweenReads)
        #expect(moved == Array(text[32...]))
    }
}

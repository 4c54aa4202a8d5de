// What the other end's first word offers, as OTR 3 has it and as programs write it.

import Testing

import TernOTR

@Suite struct OTROfferTests {
    @Test(arguments: [
        ("?OTRv3?", [3]), ("?OTRv23?", [2, 3]), ("?OTR?", [1]), ("?OTR?v2?", [1, 2]), ("?OTRv4?", [4]),
        ("?OTRv34?\nAlice wants to talk", [3, 4]), ("?OTRv24x?", [2, 4]), ("?OTRv?", []), ("Hello ?OTRv2? there", [2]),
    ])
    func queries(body: String, versions: [UInt8]) throws {
        let offer = try #require(OTROffer(body))
        #expect(offer.form == .query && offer.versions == Set(versions))
    }

    @Test func tags() throws {
        let base = " \t  \t\t\t\t \t \t \t  "
        for (tag, versions) in [
            ("  \t\t  \t ", [2]), ("  \t\t  \t\t", [3]), ("  \t\t \t  ", [4]), ("  \t\t  \t   \t\t  \t\t", [2, 3]),
        ] {
            let offer = try #require(OTROffer("Hello" + base + tag))
            #expect(offer.form == .tag && offer.versions == Set(versions.map(UInt8.init)))
        }
        let written = try #require(OTROffer(OTROffer.tagging("Hello", with: [.v2, .v3])))
        #expect(written.form == .tag && written.versions == [2, 3])
    }

    @Test func keyExchanges() {
        #expect(OTROffer("?OTR:AAMCabcd.")?.form == .keyExchange)
        #expect(OTROffer("?OTR:AAICabcd.")?.versions == [2])
    }

    @Test(arguments: ["", "Hello", "?OTR:AAMDabcd.", "?OTR Error: x", "?OTRv", "?OTR", " \t  \t\t\t\t"])
    func whatOffersNothing(body: String) {
        #expect(OTROffer(body) == nil)
    }
}

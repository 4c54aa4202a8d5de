// Addresses that carry a key: as XEP-0364 shows them, and what is none.

import TernCore
import TernOTR
import Testing

@Suite struct OTRAddressTests {
    /// XEP-0364, the example of §5.2.
    private static let example = "xmpp:feste@allfools.lit?otr-fingerprint=AEA4D503298797D4A4FC823BC1D24524B4C54338"

    @Test func theExampleOfTheSpecification() throws {
        let address = try #require(OTRAddress(Self.example))
        #expect(address.jid.description == "feste@allfools.lit")
        #expect(address.key.hex.uppercased() == "AEA4D503298797D4A4FC823BC1D24524B4C54338")
        #expect(address.text == Self.example)
    }

    @Test func othersParametersArePassedOver() throws {
        let text =
            "XMPP:feste%40allfools.lit?message;otr-fingerprint=aea4d503298797d4a4fc823bc1d24524b4c54338;omemo-sid-1=00"
        #expect(OTRAddress(text)?.text == Self.example)
    }

    @Test(arguments: [
        "", "xmpp:feste@allfools.lit", "xmpp:feste@allfools.lit?otr-fingerprint=", "xmpp:?otr-fingerprint=00",
        "https://allfools.lit/?otr-fingerprint=AEA4D503298797D4A4FC823BC1D24524B4C54338",
        "xmpp:feste@allfools.lit?otr-fingerprint=AEA4D503298797D4A4FC823BC1D24524B4C543",
        "xmpp:feste@allfools.lit/x?otr-fingerprint=AEA4D503298797D4A4FC823BC1D24524B4C54338",
        "xmpp:a%ZZ@allfools.lit?otr-fingerprint=AEA4D503298797D4A4FC823BC1D24524B4C54338",
        example + ";otr-fingerprint=AEA4D503298797D4A4FC823BC1D24524B4C54339",
    ]) func whatIsNone(text: String) {
        #expect(OTRAddress(text) == nil)
    }
}

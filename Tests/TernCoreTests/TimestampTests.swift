// Owns points in time and their spelling in XMPP.

import Testing

import TernCore

@Suite struct TimestampTests {
    @Test(
        "XEP-0082 §3.2: dates and times",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1969-07-21T02:56:15Z", -14_159_025_000),
            ("1969-07-20T21:56:15-05:00", -14_159_025_000), ("2000-02-29T23:59:59.5Z", 951_868_799_500),
            ("2026-11-22T19:43:15.123456Z", 1_795_376_595_123), ("2026-11-22T21:43:15+02:00", 1_795_376_595_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000), ("0000-03-01T00:00:00Z", -62_162_035_200_000),
        ])
    func parses(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(xmpp: text)?.milliseconds == milliseconds)
    }

    @Test(
        "What is no date and time",
        arguments: [
            "", "2026-11-22", "2026-11-22T19:43:15", "2026-11-22T19:43:15+0200", "2026-11-22 19:43:15Z",
            "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
            "2026-11-31T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T19:60:00Z", "2026-11-22T19:43:60Z",
            "2026-11-22T19:43:15.Z", "2026-11-22T19:43:15Zx", "2026-11-22T19:43:15+24:00", "-026-11-22T19:43:15Z",
            "2026-11-22T19:43:15.1234567890123456789012345Z", "2026-11-22T19:43:15*02:00", "２026-11-22T19:43:15Z",
        ])
    func refuses(_ text: String) {
        #expect(Timestamp(xmpp: text) == nil)
    }

    @Test("Every day is read as it is written")
    func days() {
        for day in stride(from: Int64(-200_000), to: 200_000, by: 17) {
            let time = Timestamp(seconds: day * 86400 + 12_345)
            #expect(Timestamp(xmpp: time.xmpp) == time)
        }
        #expect(Timestamp(milliseconds: -1).xmpp == "1969-12-31T23:59:59Z")
        #expect(Timestamp(milliseconds: 999).xmpp == "1970-01-01T00:00:00Z")
    }

    @Test("Seconds that cannot be counted end at the end")
    func clamped() {
        #expect(Timestamp(seconds: .max).milliseconds == .max)
        #expect(Timestamp(seconds: .min) < Timestamp(seconds: 0))
    }
}

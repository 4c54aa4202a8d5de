// Owns the spelling of a point in time in XMPP, and the calendar behind it.

extension Timestamp {
    /// Parses a date and time of XEP-0082 §3.2, `2026-11-22T19:43:15.123Z` or with an offset such as `+02:00`.
    ///
    /// - Returns: `nil` for everything else, including the offset `+0200` that some programs write and a leap second.
    public init?(xmpp text: String) {
        let bytes = Array(text.utf8)
        guard (20...40).contains(bytes.count), bytes.matches("0000-00-00T00:00:00"),
            let year = bytes.number(0, 4), let month = bytes.number(5, 2), let day = bytes.number(8, 2),
            let hour = bytes.number(11, 2), let minute = bytes.number(14, 2), let second = bytes.number(17, 2),
            (1...12).contains(month), (1...Day.count(month, of: year)).contains(day), hour < 24, minute < 60,
            second < 60
        else { return nil }
        var rest = bytes[19...]
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty else { return nil }
            fraction = (Array(digits.prefix(3)) + [0x30, 0x30]).number(0, 3) ?? 0
            rest = rest[digits.endIndex...]
        }
        guard let offset = Timestamp.offset(Array(rest)) else { return nil }
        let days = Day.number(year, month, day)
        let seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second
        self.init(milliseconds: Int64(seconds * 1000 + fraction))
    }

    /// The date and time of XEP-0082 §3.2 in UTC, to the second.
    public var xmpp: String {
        let seconds = Int(milliseconds).dividedDown(by: 1000)
        let days = seconds.dividedDown(by: 86400)
        let inDay = seconds - days * 86400
        let (year, month, day) = Day.date(days)
        let time = [inDay / 3600, inDay / 60 % 60, inDay % 60].map { padded($0, 2) }.joined(separator: ":")
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(time)Z"
    }

    /// Minutes east of UTC.
    private static func offset(_ zone: [UInt8]) -> Int? {
        if zone == [UInt8(ascii: "Z")] { return 0 }
        guard zone.count == 6, zone.matches("+00:00") || zone.matches("-00:00"), let hours = zone.number(1, 2),
            let minutes = zone.number(4, 2), hours < 24, minutes < 60
        else { return nil }
        let sign = zone[0] == UInt8(ascii: "-") ? -1 : 1
        return sign * (hours * 60 + minutes)
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// Days of the proleptic Gregorian calendar, counted in eras of 400 years that begin on 1 March.
private enum Day {
    static func count(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01. `year` is not negative.
    static func number(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year.dividedDown(by: 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func date(_ number: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = shifted.dividedDown(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}

extension Int {
    /// The quotient, rounded towards the past.
    fileprivate func dividedDown(by divisor: Int) -> Int {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension [UInt8] {
    /// Whether the bytes begin as `pattern` does, where `0` stands for any digit.
    fileprivate func matches(_ pattern: StaticString) -> Bool {
        pattern.withUTF8Buffer { pattern in
            pattern.count <= count
                && pattern.indices.allSatisfy { index in
                    unsafe pattern[index] == 0x30 ? (0x30...0x39).contains(self[index]) : self[index] == pattern[index]
                }
        }
    }

    /// The decimal number of `count` digits at `start`.
    fileprivate func number(_ start: Int, _ count: Int) -> Int? {
        guard start + count <= self.count else { return nil }
        var number = 0
        for byte in self[start..<start + count] {
            guard (0x30...0x39).contains(byte) else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        return number
    }
}

// Owns what a JSON document may cost, and measuring it before anything is built. It must not know JSON's grammar: what it
// lets through may still be no document.

/// Bounds on a document. A value takes some hundred bytes of memory and may be two bytes of text.
public struct JSONLimits: Sendable, Equatable {
    /// Containers inside containers.
    public let depth: Int
    /// Values, names counted with them.
    public let values: Int

    /// The formats of this project need a depth of eight, and a twentieth of the values.
    public static let standard = JSONLimits(depth: 64, values: 500_000)

    /// Bounds of one's own.
    public init(depth: Int, values: Int) {
        self.depth = depth
        self.values = values
    }
}

extension JSONLimits {
    /// Refuses what goes beyond a bound, in one pass over the bytes.
    func check(_ bytes: [UInt8]) throws(JSONError) {
        var depth = 0
        var values = 1
        var isInText = false
        var isEscaped = false
        let span = bytes.span
        for place in span.indices {
            let byte = span[place]
            if isInText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInText = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                values += 1
                guard depth <= self.depth else { throw JSONError(reason: .tooDeep, offset: place) }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ","), UInt8(ascii: ":"): values += 1
            default: break
            }
            guard values <= self.values else { throw JSONError(reason: .tooManyValues, offset: place) }
        }
    }
}

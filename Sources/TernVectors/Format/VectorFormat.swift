// Owns telling the formats apart by what a document says about itself. It must not know what is in them.

internal import TernJSON

/// The formats of vector files.
public enum VectorFormat: String, Sendable, CaseIterable {
    /// The project's own, documented in TestVectors/README.md.
    case own = "tern-vectors/1"
    /// Google's and C2SP's Wycheproof files, as they are.
    case wycheproof
    /// A recorded conversation of two devices.
    case transcript = "tern-omemo-transcript/1"
    /// A recorded message for several devices.
    case fanout = "tern-omemo-fanout/1"

    /// The format that a document names, or nil for one that is no vector file.
    init?(of document: JSONValue) {
        guard let object = document.object else { return nil }
        if let name = object["format"]?.string {
            self.init(rawValue: name)
            if self == .wycheproof { return nil }
        } else if object["testGroups"] != nil, object["schema"] != nil, object["algorithm"] != nil {
            self = .wycheproof
        } else {
            return nil
        }
    }
}

/// What a format's reader gives.
struct FormatContent {
    let origin: VectorFile.Origin
    let body: VectorFile.Body
}

extension VectorFormat {
    /// How much of a file is compared, in words.
    public var scope: String {
        switch self {
        case .own: "every case: all outputs, or the class of the refusal"
        case .wycheproof:
            "every case: valid ones have to give the result, invalid ones a refusal of the class that their flags stand "
                + "for, acceptable ones what decisions.json says"
        case .transcript:
            "every event from stanza to plaintext, twice: by the ratchet, with key agreement, headers, message keys, payloads, "
                + "bytes and states, and by a whole engine over a store; bundles with their signatures; a half turn that "
                + "Tern puts off until it sends is done with the recorded key before states are compared"
        case .fanout:
            "every device from stanza to plaintext, twice: by the ratchet, and by a whole engine over a store; bundles with "
                + "their signatures"
        }
    }
}

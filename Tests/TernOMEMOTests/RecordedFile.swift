// Owns the reading of TestVectors/recorded, which python-oldmemo and python-twomemo made. It must not know what is tested.

import Foundation
import TernCrypto
import TernOMEMO
import TernXML
import Testing

/// A recorded exchange, by the members of its JSON.
struct RecordedFile: CustomTestStringConvertible {
    let name: String
    let version: Version

    static let fanouts = [
        RecordedFile(name: "omemo03-fanout", version: .v03), RecordedFile(name: "omemo2-fanout", version: .v2),
    ]
    static let transcripts = [
        RecordedFile(name: "omemo03-transcript", version: .v03), RecordedFile(name: "omemo2-transcript", version: .v2),
    ]

    var testDescription: String { name }

    func read() throws -> Members {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "TestVectors/recorded/\(name).json"))
        return Members(try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any]))
    }

    /// Every device in the file.
    func devices() throws -> [Members] {
        let file = try read()
        if name.hasSuffix("fanout") { return [try file.object("sender")] + (try file.objects("recipients")) }
        let parties = try file.object("parties")
        return [try parties.object("alice"), try parties.object("bob")]
    }

    /// Every message that somebody sends.
    func messages() throws -> [Members] {
        name.hasSuffix("fanout") ? [try read()] : try read().objects("events").filter { try $0.text("op") == "send" }
    }
}

/// An object of JSON.
struct Members {
    private let members: [String: Any]

    init(_ members: [String: Any]) {
        self.members = members
    }

    func object(_ name: String) throws -> Members {
        Members(try #require(members[name] as? [String: Any]))
    }

    func objects(_ name: String) throws -> [Members] {
        try #require(members[name] as? [[String: Any]]).map(Members.init)
    }

    func text(_ name: String) throws -> String {
        try #require(members[name] as? String)
    }

    func number(_ name: String) throws -> UInt32 {
        try #require(members[name] as? NSNumber).uint32Value
    }

    func flag(_ name: String) -> Bool {
        (members[name] as? NSNumber)?.boolValue ?? false
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Hexadecimal.bytes(try text(name))
    }

    func element(_ name: String) throws -> Element {
        try XMLParser.parse(try text(name))
    }
}

enum Hexadecimal {
    static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.map { UInt8($0 > 57 ? $0 - 87 : $0 - 48) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

/// Bytes that were recorded, given out in their order.
struct RecordedEntropy: Entropy {
    var bytes: [UInt8]

    mutating func fill(_ output: inout MutableSpan<UInt8>) {
        for index in output.indices { output[index] = bytes.removeFirst() }
    }
}

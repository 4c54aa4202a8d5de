// Owns reading GLib's key files: groups of names and values, a line each. It must not know what they say.

/// A key file (GLib `GKeyFile`), as programs write it.
struct KeyFile {
    /// The values of each group.
    private(set) var groups: [String: [String: String]] = [:]

    /// A group; empty where there is none.
    subscript(group: String) -> [String: String] { groups[group] ?? [:] }

    /// Reads a file.
    /// - Parameter name: The file's, for the error.
    init(_ bytes: [UInt8], _ name: String) throws(ForeignError) {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed(name) }
        var group: String?
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("#") || line.allSatisfy(\.isWhitespace) { continue }
            if line.hasPrefix("[") {
                guard line.hasSuffix("]") else { throw .malformed(name) }
                let title = String(line.dropFirst().dropLast())
                group = title
                groups[title] = groups[title] ?? [:]
                continue
            }
            guard let group, let sign = line.firstIndex(of: "=") else { throw .malformed(name) }
            let key = line[..<sign].trimmed
            guard groups[group]?.updateValue(line[line.index(after: sign)...].trimmed, forKey: key) == nil else {
                throw .malformed(name)
            }
        }
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}

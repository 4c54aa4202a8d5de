// Owns how operations and their outcomes travel between two processes of ours. It must not know what is in them.

internal import Glibc
internal import TernCore

extension GPGOperation {
    private static let longest = 1 << 30

    /// It and the home it is done in.
    func record(in home: String, asksAgent: Bool) -> [UInt8] {
        var writer = FrozenWriter()
        writer.write(counted: Array(home.utf8))
        writer.write(asksAgent ? 1 : 0)
        writer.write(kind.rawValue)
        writer.write(counted: input)
        writer.write(counted: text)
        writer.write(Int64(audience.keys.count))
        for key in audience.keys { writer.write(counted: key.bytes) }
        writer.write(Int64(audience.files.count))
        for file in audience.files { writer.write(counted: Array(file.utf8)) }
        writer.write(isSigned ? 1 : 0)
        writer.write(Int64(limit))
        return writer.bytes
    }

    /// Reads it, with the home and whether its agent is asked.
    static func read(_ record: [UInt8]) throws(SessionError) -> (GPGOperation, home: String, asksAgent: Bool) {
        var reader = FrozenReader(record)
        let home = String(decoding: try reader.counted(4096), as: UTF8.self)
        let asksAgent = try reader.flag()
        guard let kind = Kind(rawValue: try reader.number()) else { throw .malformed }
        var operation = GPGOperation(kind: kind, input: try reader.counted(longest), text: try reader.counted(longest))
        for _ in 0..<(try reader.number(upTo: 4096)) { operation.audience.keys.append(try reader.fingerprint()) }
        for _ in 0..<(try reader.number(upTo: 4096)) {
            operation.audience.files.append(String(decoding: try reader.counted(4096), as: UTF8.self))
        }
        operation.isSigned = try reader.flag()
        operation.limit = Int(try reader.number())
        return (operation, home, asksAgent)
    }
}

extension GPGOperation.Outcome {
    /// What came of an operation, or why nothing did.
    static func record(_ result: Result<GPGOperation.Outcome, SessionError>) -> [UInt8] {
        var writer = FrozenWriter()
        switch result {
        case .failure(let error):
            writer.write(1)
            writer.write(Int64(errors.firstIndex(of: error) ?? errors.count))
            if case .backend(let code) = error { writer.write(Int64(code)) } else { writer.write(0) }
        case .success(let outcome):
            writer.write(0)
            writer.write(counted: outcome.output)
            writer.write(Int64(outcome.keys.count))
            for key in outcome.keys { writer.write(counted: key.bytes) }
            writer.write(outcome.reading == nil ? 0 : 1)
            if let reading = outcome.reading {
                writer.write(Int64(reading.lines.count))
                for line in reading.lines {
                    writer.write(counted: Array(line.keyword.utf8))
                    writer.write(counted: Array(line.arguments.joined(separator: " ").utf8))
                }
            }
        }
        return writer.bytes
    }

    static func read(_ record: [UInt8]) throws(SessionError) -> GPGOperation.Outcome {
        var reader = FrozenReader(record)
        guard try !reader.flag() else {
            let place = Int(try reader.number())
            let code = Int(try reader.number())
            throw errors.indices.contains(place) ? errors[place] : .backend(code: code)
        }
        var outcome = GPGOperation.Outcome(output: try reader.counted(1 << 30))
        for _ in 0..<(try reader.number(upTo: 4096)) { outcome.keys.append(try reader.fingerprint()) }
        guard try reader.flag() else { return outcome }
        var lines: [(keyword: String, arguments: [Substring])] = []
        for _ in 0..<(try reader.number(upTo: 4096)) {
            let keyword = String(decoding: try reader.counted(4096), as: UTF8.self)
            let arguments = String(decoding: try reader.counted(1 << 20), as: UTF8.self)
            lines.append((keyword, arguments.split(separator: " ")))
        }
        outcome.reading = MessageReading(lines)
        return outcome
    }

    private static let errors: [SessionError] = [
        .unauthentic, .malformed, .limitExceeded, .unsupported, .notForThisDevice, .materialMissing, .backendMissing,
    ]
}

extension FrozenReader {
    fileprivate mutating func fingerprint() throws(SessionError) -> Fingerprint {
        guard let fingerprint = try? Fingerprint(try counted(64)) else { throw .malformed }
        return fingerprint
    }
}

/// Records on descriptors, each behind its length.
enum Frame {
    static func write(_ record: [UInt8], to descriptor: Int32) -> Bool {
        var head = FrozenWriter()
        head.write(counted: record)
        var done = 0
        let bytes = head.bytes
        while done < bytes.count {
            let written = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            }
            guard written > 0 || errno == EINTR else { return false }
            done += max(0, written)
        }
        return true
    }

    static func read(from descriptor: Int32) -> [UInt8]? {
        guard let head = bytes(8, from: descriptor) else { return nil }
        let length = head.reduce(0) { $0 << 8 | Int($1) }
        guard (0...(1 << 30)).contains(length) else { return nil }
        return bytes(length, from: descriptor)
    }

    private static func bytes(_ count: Int, from descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = unsafe bytes.withUnsafeMutableBytes { bytes in
                unsafe Glibc.read(descriptor, bytes.baseAddress?.advanced(by: done), count - done)
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { return nil }
            done += got
        }
        return bytes
    }
}

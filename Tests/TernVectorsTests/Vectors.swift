// Owns where the project's vectors are, and folders for vectors that a test makes up.

import Foundation
import TernJSON
import TernVectors

/// The project's vectors.
enum Vectors {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let folder = root.appending(path: "TestVectors").path

    static var files: [String] { VectorSearch([folder]).files }

    static func document(_ path: String) throws -> JSONValue {
        try JSONReader.read([UInt8](Data(contentsOf: URL(filePath: path))))
    }
}

/// A folder that is gone when the test is over.
final class Scratch {
    let path: String

    init() throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "tern-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        path = place.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file and gives its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try write(name, Data(text.utf8))
    }

    @discardableResult
    func write(_ name: String, _ data: Data) throws -> String {
        let place = path + "/" + name
        try data.write(to: URL(filePath: place))
        return place
    }
}

/// Reads and runs a file.
func run(_ path: String) throws -> [CaseResult] {
    var results: [CaseResult] = []
    try VectorFile(readingFrom: path).run { results.append($0) }
    return results
}

/// Whether running a document fails, in whatever way.
func fails(_ document: JSONValue, in scratch: Scratch, _ name: String = "vectors.json") throws -> Bool {
    let path = try scratch.write(name, document.text)
    do {
        return try run(path).contains { $0.outcome != .passed }
    } catch is VectorFault {
        return true
    }
}

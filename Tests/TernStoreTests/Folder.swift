// Owns a folder that is gone when it is no longer needed.

import Foundation

final class Folder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/tern-store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    /// Where a store is to be.
    var store: String { path + "/store" }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

extension Folder {
    /// The bytes of all files of the store.
    func image() -> [String: Data] { Self.image(of: store) }

    /// The bytes of all files in a folder.
    static func image(of path: String) -> [String: Data] {
        var image: [String: Data] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            image[name] = FileManager.default.contents(atPath: path + "/" + name)
        }
        return image
    }

    /// Whether a file of the store contains some bytes.
    func contains(_ bytes: [UInt8]) -> Bool {
        image().values.contains { $0.range(of: Data(bytes)) != nil }
    }
}

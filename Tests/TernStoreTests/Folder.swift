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

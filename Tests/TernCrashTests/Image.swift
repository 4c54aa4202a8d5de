// Owns a store as bytes, so that no folder outlives a test. It must not know what the bytes mean.

import Foundation

/// The files of a folder and of the folders in it.
struct Image: Sendable {
    private var files: [String: Data] = [:]

    init(of folder: String) throws {
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            let path = URL(filePath: "\(folder)/\(name)")
            guard try path.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            files[name] = try Data(contentsOf: path)
        }
    }

    /// Makes the folder and the files, for their owner alone: a checkout keeps no modes.
    func write(to folder: String) throws {
        for (name, bytes) in files {
            let file = URL(filePath: "\(folder)/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            try bytes.write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        }
    }
}

/// A folder that is gone when it is no longer needed.
final class Folder {
    let path: String

    init() throws {
        // synchronising costs nothing in memory, and no test here needs it to be real
        let above = ["/dev/shm", FileManager.default.temporaryDirectory.path].first {
            FileManager.default.isWritableFile(atPath: $0)
        }
        path = (above ?? "/tmp") + "/tern-scene-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    /// A folder in it.
    func folder(_ name: String) throws -> String {
        try FileManager.default.createDirectory(
            atPath: "\(path)/\(name)", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return "\(path)/\(name)"
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

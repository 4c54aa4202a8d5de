// Owns finding vector files below folders, whatever links are in them. It must not open the files.

internal import Glibc
internal import TernInput

/// What was found at the given paths: files to read, in order, and faults.
public struct VectorSearch: Sendable {
    /// Files to read.
    public private(set) var files: [String] = []
    /// Paths that cannot be looked at, and files in folders that nobody knows.
    public private(set) var faults: [VectorFault] = []
    /// Files that were named themselves and not found in a folder: that they are no vectors is their namer's mistake.
    public private(set) var named: Set<String> = []
    private var visited: Set<Identity> = []

    private struct Identity: Hashable {
        let device: UInt
        let inode: UInt
    }

    /// Deeper folders are not looked into.
    private static let maximumDepth = 16

    /// Looks at `paths`, folders recursively and by name.
    public init(_ paths: [String]) {
        for path in paths {
            var status = stat()
            if path == "-" {
                add(named: path)
            } else if !VectorSearch.look(at: path, &status) {
                faults.append(VectorFault(InputError(system: errno, path)))
            } else if status.st_mode & S_IFMT == S_IFDIR {
                search(path, identity: VectorSearch.identity(status), depth: 0)
            } else {
                add(named: path)
            }
        }
    }

    private mutating func add(named path: String) {
        files.append(path)
        named.insert(path)
    }

    private mutating func search(_ folder: String, identity: Identity, depth: Int) {
        // a link may lead back up: every folder is searched once
        guard visited.insert(identity).inserted else { return }
        guard depth < VectorSearch.maximumDepth else {
            faults.append(VectorFault(.unreadable, folder, "folders are nested too deeply"))
            return
        }
        guard let names = VectorSearch.names(in: folder) else {
            faults.append(VectorFault(InputError(system: errno, folder)))
            return
        }
        for name in names where !name.hasPrefix(".") {
            let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
            var status = stat()
            guard VectorSearch.look(at: path, &status) else {
                faults.append(VectorFault(InputError(system: errno, path)))
                continue
            }
            switch status.st_mode & S_IFMT {
            case S_IFDIR where name != "__pycache__":
                search(path, identity: VectorSearch.identity(status), depth: depth + 1)
            case S_IFREG: add(found: path, name)
            case S_IFDIR: break
            default: faults.append(VectorFault(.notVectors, path, "neither a file nor a folder"))
            }
        }
    }

    private mutating func add(found path: String, _ name: String) {
        if VectorSearch.companions.contains(name) || name.hasSuffix(".md") || name.hasSuffix(".py") { return }
        guard name.hasSuffix(".json") else {
            faults.append(VectorFault(.invalid, path, "a file that has no place among vectors"))
            return
        }
        files.append(path)
    }

    /// What lies beside vectors and is none.
    private static let companions: Set<String> = ["schema.json", "decisions.json", "LICENCE", "LICENSE"]

    private static func identity(_ status: stat) -> Identity {
        Identity(device: UInt(status.st_dev), inode: UInt(status.st_ino))
    }

    private static func look(at path: String, _ status: inout stat) -> Bool {
        unsafe FileName.withPath(path) { unsafe stat($0, &status) } == 0
    }

    private static func names(in folder: String) -> [String]? {
        guard let stream = unsafe FileName.withPath(folder, { unsafe opendir($0) }) else { return nil }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            names.append(
                unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    unsafe FileName.text(of: Array(bytes.prefix { $0 != 0 }))
                })
        }
        return names.sorted()
    }
}

// Owns a folder for what a benchmark stores. It must not know what that is.

internal import Glibc
internal import TernCore

/// A folder for this user alone, removed with all that is in it at the end of the value's life.
final class TemporaryFolder {
    let path: String

    init() throws {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/tern-bench.XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw StoreError.failing(code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        TemporaryFolder.remove(path)
    }

    private static func remove(_ path: String) {
        if let folder = unsafe opendir(path) {
            while let entry = unsafe readdir(folder) {
                let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
                    unsafe String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { remove(path + "/" + name) }
            }
            unsafe closedir(folder)
        }
        unsafe Glibc.remove(path)
    }
}

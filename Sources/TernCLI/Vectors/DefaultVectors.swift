// Owns where the project's vectors are when no path is given.

internal import Glibc

enum DefaultVectors {
    /// What a folder of this project's vectors has.
    private static let mark = "schema.json"

    /// `TestVectors` in the working directory, or in the package that this program was built in.
    static func folder() throws(CommandFailure) -> String {
        if exists("TestVectors/\(mark)") { return "TestVectors" }
        var place = executable()
        while let slash = place.lastIndex(of: "/") {
            place = String(place[..<slash])
            if exists("\(place)/Package.swift"), exists("\(place)/TestVectors/\(mark)") {
                return "\(place)/TestVectors"
            }
        }
        throw CommandFailure(
            .usage, "there is no folder TestVectors here", hint: "name files or folders: tern vectors run PATH")
    }

    private static func executable() -> String {
        let capacity = Int(PATH_MAX)
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            count = unsafe base.withMemoryRebound(to: CChar.self, capacity: capacity) { path in
                max(0, unsafe readlink("/proc/self/exe", path, capacity))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func exists(_ path: String) -> Bool {
        unsafe access(path, R_OK) == 0
    }
}

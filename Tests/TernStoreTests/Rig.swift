// Owns where the program lies that uses a store from another process.

import Foundation

enum Rig {
    /// Beside the tests.
    static let path: String = {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = URL(filePath: program).deletingLastPathComponent()
        if FileManager.default.isExecutableFile(atPath: beside.appending(path: "TernStoreRig").path) {
            return beside.appending(path: "TernStoreRig").path
        }
        // the test program may be the toolchain's, with the tests' bundle as an argument
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? ""
        return URL(filePath: bundle).deletingLastPathComponent().appending(path: "TernStoreRig").path
    }()
}

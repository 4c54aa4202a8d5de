// Encrypting and decrypting files while the process, the disk or the power fails: a file has its name when it is complete.

import Foundation
import TernTestKit
import Testing

@Suite struct FileCrashTests {
    private static let tern = BuiltPrograms.path(of: "tern").path
    /// Three sections, the last of them not whole.
    private static let plaintext = Data((0..<(5 << 19)).map { UInt8(truncatingIfNeeded: $0 * 7 >> 3) })

    private func run(_ arguments: [String], _ folder: String, input: String? = nil, output: String? = nil) throws
        -> Int32
    {
        var program = Program([Self.tern] + arguments, in: folder)
        if let input { program.input = folder + "/" + input }
        if let output { program.output = folder + "/" + output }
        return try program.run()
    }

    /// A ciphertext and its link, made once.
    private static let encrypted: Result<(ciphertext: Data, link: Data), any Error> = Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tern-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        try plaintext.write(to: folder.appending(path: "before"))
        let arguments = ["file", "encrypt", "before", "--output", "ciphertext", "--link-file", "link"]
        guard try Program([tern] + arguments, in: folder.path).run() == 0 else { throw CocoaError(.fileWriteUnknown) }
        return (
            try Data(contentsOf: folder.appending(path: "ciphertext")),
            try Data(contentsOf: folder.appending(path: "link"))
        )
    }

    private func content(_ name: String, _ folder: String) -> Data? {
        FileManager.default.contents(atPath: folder + "/" + name)
    }

    @Test(arguments: CrashPoints.Fault.allCases, [false, true])
    func aDecryptedFileIsWholeOrNotThere(_ fault: CrashPoints.Fault, _ replaces: Bool) throws {
        let points = try CrashPoints()
        let old = Data("old".utf8)
        // what a rename replaced is not followed
        guard !replaces || ![.loss, .tear, .unsync].contains(fault) else { return }
        let line = "exec \"$0\" file decrypt ciphertext --output plain\(replaces ? " --force" : "") < link"
        let count = try points.strike(
            fault, running: ["/bin/sh", "-c", line, Self.tern],
            prepare: { folder in
                let (ciphertext, link) = try Self.encrypted.get()
                try ciphertext.write(to: URL(filePath: folder + "/ciphertext"))
                try link.write(to: URL(filePath: folder + "/link"))
                if replaces { try old.write(to: URL(filePath: folder + "/plain")) }
            },
            check: { run in
                let comment: Comment = "\(fault) at \(run.call), \(run.struck ?? "-"): \(run.status) \(run.errors)"
                let plain = content("plain", run.folder)
                #expect(plain == Self.plaintext || plain == (replaces ? old : nil), comment)
                if run.status == 0 { #expect(plain == Self.plaintext, comment) }
                if run.status > 0 {
                    #expect(run.status == 16, comment)
                    // what failed and lived to tell leaves nothing beside it
                    let names = try FileManager.default.contentsOfDirectory(atPath: run.folder).sorted()
                    #expect(names == ["ciphertext", "link"] + (plain == nil ? [] : ["plain"]), comment)
                }
            })
        #expect(count > 0)
    }

    @Test(arguments: [CrashPoints.Fault.kill, .full, .fail])
    func anEncryptedFileIsWholeOrNotThere(_ fault: CrashPoints.Fault) throws {
        let points = try CrashPoints()
        let count = try points.strike(
            fault, running: [Self.tern, "file", "encrypt", "plain", "--output", "ciphertext", "--link-file", "link"],
            prepare: { folder in try Self.plaintext.write(to: URL(filePath: folder + "/plain")) },
            check: { run in
                let comment: Comment = "\(fault) at \(run.call), \(run.struck ?? "-"): \(run.status) \(run.errors)"
                #expect(run.struck == nil || run.status == -9 || run.status == 16 || run.status == 0, comment)
                guard let ciphertext = content("ciphertext", run.folder) else {
                    return #expect(run.status != 0, comment)
                }
                #expect(ciphertext.count == Self.plaintext.count + 16, comment)
                // a link is never there before what it links to
                guard content("link", run.folder) != nil else { return #expect(run.status != 0, comment) }
                let arguments = ["file", "decrypt", "ciphertext", "--output", "again"]
                let again = try self.run(arguments, run.folder, input: "link")
                #expect(again == 0, comment)
                #expect(content("again", run.folder) == Self.plaintext, comment)
            })
        #expect(count > 0)
    }
}

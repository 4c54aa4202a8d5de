// Moving an account while the process, the disk or the power fails: it is in one place whole, and nowhere by half.

import Foundation
import TernArchive
import TernCore
import TernCrypto
import TernOMEMO
import TernStore
import Testing

@Suite(.serialized) struct MovingCrashTests {
    let scene: Scene
    /// Outside the folders that faults befall.
    private let secrets: Folder

    init() throws {
        scene = try Scene.shared.get()
        secrets = try Folder()
        try Data("correct horse\n".utf8).write(to: URL(filePath: secrets.path + "/p"))
    }

    private var passphrase: [String] { ["--file-passphrase-file", secrets.path + "/p"] }

    /// Bob's account, sealed with a passphrase that costs little, since every struck run pays for it.
    private func file(of image: Image) throws -> Data {
        let folder = try Folder()
        try image.write(to: folder.path)
        let store = try StoreFile.open(at: folder.path + "/store")
        let jid = try BareJID(Party.bob.name)
        var bytes: [UInt8] = []
        try store.account(jid).write { transaction throws(ArchiveError) in
            var entropy = SystemEntropy()
            let passphrase = Array("correct horse".utf8)
            let account = ArchivedAccount(
                jid, file: entropy.bytes(16), from: .copy, made: Timestamp(seconds: 1_700_000_000))
            try ArchiveWriter.write(
                account, transaction, passphrase: passphrase.span, cost: .least, entropy: &entropy
            ) { piece throws(ArchiveError) in bytes += piece }
        }
        return Data(bytes)
    }

    /// A folder with files and what an image has.
    private func image(_ image: Image? = nil, files: [String: Data]) throws -> Image {
        let folder = try Folder()
        try image?.write(to: folder.path)
        for (name, bytes) in files { try bytes.write(to: URL(filePath: "\(folder.path)/\(name)")) }
        return try Image(of: folder.path)
    }

    @Test func anImportIsWholeOrNothing() throws {
        let bob = Party.bob
        let start = try image(files: ["account": file(of: scene.bobAhead)])
        let strike = Strike(
            name: "account import", party: bob, arguments: ["account", "import", "account"] + passphrase, image: start,
            step: 37)
        try strike.run { run in
            let list = try bob.run(["account", "list"], in: run.folder)
            let isThere = list.output.contains(bob.name)
            #expect(list.status == 0 || list.status == 2, "\(run.comment) \(list)")
            #expect(isThere || run.status != 0, run.comment)
            let again = try bob.run(["account", "import", "account"] + passphrase, in: run.folder)
            #expect(again.status == (isThere ? 7 : 0), "\(run.comment) \(again)")
            try bob.expectSound(run)
            // one that was skipped, one that follows
            let read = try bob.decrypt([scene.later[0], scene.later[3]], from: .alice, in: run.folder)
            #expect(read == ["five", "eight"], run.comment)
        }
    }

    @Test func anAccountIsReplacedWholeOrNotAtAll() throws {
        let bob = Party.bob
        // the store has an account that has read nothing; the one of the file has
        let start = try image(scene.bobNew, files: ["account": file(of: scene.bobAhead)])
        let strike = Strike(
            name: "account import --replace", party: bob,
            arguments: ["account", "import", "account", "--replace", "--yes"] + passphrase, image: start, step: 61)
        try strike.run { run in
            try bob.expectSound(run)
            let read = try bob.decrypt([scene.later[0]], from: .alice, in: run.folder)
            #expect(read == ["five"] || (run.status != 0 && read == ["noSession"]), "\(run.comment) \(read)")
            let again = try bob.run(
                ["account", "import", "account", "--replace", "--yes"] + passphrase, in: run.folder)
            #expect(again.status == (read == ["five"] ? 7 : 0), "\(run.comment) \(again)")
        }
    }

    @Test func whatHasMovedIsInTheFile() throws {
        let bob = Party.bob
        let strike = Strike(
            name: "account export --move", party: bob,
            arguments: ["account", "export", bob.name, "--output", "account", "--move", "--yes"] + passphrase,
            image: scene.bobAhead, step: 19)
        try strike.run { run in
            let show = try bob.run(["account", "show"], in: run.folder)
            #expect(show.status == 0, "\(run.comment) \(show)")
            let hasMoved = show.output.contains("moved away")
            let isWritten = FileManager.default.fileExists(atPath: run.folder + "/account")
            #expect(hasMoved || run.status != 0, run.comment)
            #expect(isWritten || !hasMoved, run.comment)
            if isWritten {
                let taken = try bob.run(
                    ["account", "import", "account", "--store", "other"] + passphrase, in: run.folder, store: false)
                #expect(taken.status == 0, "\(run.comment) \(taken)")
            }
            let read = try bob.decrypt([scene.later[0]], from: .alice, in: run.folder)
            #expect(read == (hasMoved ? [] : ["five"]), run.comment)
        }
    }
}

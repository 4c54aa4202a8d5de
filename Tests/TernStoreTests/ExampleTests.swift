// Stores as each version wrote them can be opened, and what is in them is what was put into them.

import Foundation
import TernCore
import TernCrypto
import TernStore
import TernTestKit
import Testing

@Suite struct ExampleTests {
    @Test(arguments: Array(1...Format.current.version), [false, true])
    func opensACopy(_ version: Int, _ isSealed: Bool) throws {
        let folder = try Folder()
        let example = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Examples/\(version)-\(isSealed ? "sealed" : "open")").path
        // a checkout keeps no modes
        try FileManager.default.createDirectory(
            atPath: folder.store, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        for (name, bytes) in Folder.image(of: example) {
            #expect(
                FileManager.default.createFile(
                    atPath: folder.store + "/" + name, contents: bytes, attributes: [.posixPermissions: 0o600]))
        }
        var key: StoreKey?
        if isSealed { key = .file(try Secret<32>(copying: [UInt8](repeating: 7, count: 32))) }
        let file = try StoreFile.open(at: folder.store, key: key)
        #expect(try file.check().isSound)
        let jid = try BareJID("rig@example.org")
        #expect(try file.accounts().map(\.jid) == [jid])
        #expect(try file.accounts().map(\.created) == [Timestamp(milliseconds: 1)])
        let picture = try file.account(jid).write { transaction throws(StoreError) in
            try StoreWorkload.picture(&transaction)
        }
        #expect(picture == (try StoreWorkload.pictures().last))
    }
}

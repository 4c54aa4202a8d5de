// Owns the questions that every struck store is asked. It must not know what was struck.

import Foundation
import Testing

extension Party {
    /// The store opens and its owner's account is whole.
    func expectSound(_ run: Strike.Run) throws {
        let status = try self.run(["omemo", "status", "--account", name], in: run.folder)
        #expect(status.status == 0, "\(run.comment) \(status)")
    }

    /// Somebody else, in a folder beside the store, reads stanzas of this party.
    func expectReads(_ stanzas: [String], _ texts: [String], of other: Party, _ image: Image, _ run: Strike.Run) throws
    {
        let folder = run.folder + "/other"
        try image.write(to: folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(try decrypt(stanzas, from: other, in: folder) == texts, run.comment)
    }
}

extension Strike.Run {
    /// The lines that were printed to their ends.
    var wholeLines: [String] {
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.dropLast().map(String.init)
    }
}

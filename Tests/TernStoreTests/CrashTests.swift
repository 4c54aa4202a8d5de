// A store whose process, disk or power fails at each of its file calls: it opens, what was promised is there, and each
// transaction is there whole or not at all.

import Foundation
import TernCore
import TernCrypto
import TernStore
import TernTestKit
import Testing

@Suite(.serialized) struct CrashTests {
    let jid: BareJID
    let pictures: [StoreWorkload.Picture]

    init() throws {
        jid = try BareJID("rig@example.org")
        pictures = try StoreWorkload.pictures()
    }

    @Test(arguments: CrashPoints.Fault.allCases)
    func making(_ fault: CrashPoints.Fault) throws {
        let count = try CrashPoints().strike(fault, at: calls(fault), running: [Rig.path, "make", "store"]) { run in
            try #require(run.status != 2 && run.status >= -9, "\(fault) at \(run.call): \(run.status) \(run.errors)")
            try check(run, fault)
        }
        #expect(count > 10)
    }

    @Test(arguments: CrashPoints.Fault.allCases, ["migrate", "delete"])
    func changing(_ fault: CrashPoints.Fault, _ command: String) throws {
        let folder = try Folder()
        do {
            let file = try StoreFile.create(at: folder.store)
            try file.create(account: jid, at: Timestamp(milliseconds: 1)) { transaction throws(StoreError) in
                try StoreWorkload.begin(&transaction)
            }
        }
        let count = try CrashPoints().strike(
            fault, at: calls(fault), running: [Rig.path, command, "store"],
            prepare: { try FileManager.default.copyItem(atPath: folder.store, toPath: $0 + "/store") },
            check: { run in
                let promises = run.output.split(separator: "\n")
                let comment: Comment = "\(fault) at \(run.call), \(run.struck ?? "-"): \(run.output)"
                let file: StoreFile
                do {
                    file = try StoreFile.open(at: run.folder + "/store")
                } catch StoreError.newer(let version) where command == "migrate" {
                    #expect(version == Format.current.version + 1, comment)
                    return
                }
                #expect(!promises.contains("migrated"), comment)
                #expect(try file.check().isSound, comment)
                if try file.accounts().isEmpty {
                    #expect(try command == "delete" && file.check().rows == 0, comment)
                    return
                }
                #expect(!promises.contains("deleted"), comment)
                let picture = try file.account(jid).write { transaction throws(StoreError) in
                    try StoreWorkload.picture(&transaction)
                }
                #expect(picture == pictures[0], comment)
            })
        #expect(count > 0)
    }

    @Test(arguments: [CrashPoints.Fault.loss, .kill])
    func aBrokenPromiseIsSeen(_ fault: CrashPoints.Fault) throws {
        var broken = 0
        try CrashPoints().strike(
            fault, at: stride(from: 110, to: 180, by: 9), running: [Rig.path, "careless", "store"],
            check: { run in
                let done = run.output.split(separator: "\n").count { $0.hasPrefix("step") }
                guard let account = try? StoreFile.open(at: run.folder + "/store").account(jid) else {
                    broken += 1
                    return
                }
                let picture = try account.write { transaction throws(StoreError) in
                    try StoreWorkload.picture(&transaction)
                }
                if pictures.firstIndex(of: picture) ?? -1 < done { broken += 1 }
            })
        // without synchronising, what was promised survives the process and not the power
        #expect((broken > 0) == (fault == .loss))
    }

    /// One call in seven, for each fault others: together all. With `TERN_CRASH_POINTS=all` each fault at each call.
    private func calls(_ fault: CrashPoints.Fault) -> StrideTo<Int> {
        let isAll = ProcessInfo.processInfo.environment["TERN_CRASH_POINTS"] == "all"
        // few calls synchronise
        if isAll || fault == .unsync { return stride(from: 1, to: .max, by: 1) }
        let first = CrashPoints.Fault.allCases.firstIndex(of: fault) ?? 0
        return stride(from: first + 1, to: .max, by: CrashPoints.Fault.allCases.count - 1)
    }

    private func check(_ run: CrashPoints.Run, _ fault: CrashPoints.Fault) throws {
        let promises = run.output.split(separator: "\n")
        let where_: Comment = "\(fault) at \(run.call), \(run.struck ?? "-"): \(run.output)"
        let store = run.folder + "/store"
        let file: StoreFile
        do {
            file = try StoreFile.open(at: store)
        } catch StoreError.missing where !promises.contains("created") {
            file = try StoreFile.create(at: store)
        } catch {
            Issue.record("\(error), \(where_)")
            return
        }
        let accounts = try file.accounts()
        let done = promises.count { $0.hasPrefix("step") }
        if accounts.isEmpty {
            #expect(!promises.contains("account"), where_)
            try file.create(account: jid, at: Timestamp(milliseconds: 1)) { transaction throws(StoreError) in
                try StoreWorkload.begin(&transaction)
            }
        }
        let account = try file.account(jid)
        #expect(account.number == 1, where_)
        let picture = try account.write { transaction throws(StoreError) in
            try StoreWorkload.picture(&transaction)
        }
        // the transaction that was not acknowledged may be there, but whole
        let found = try #require([done, done + 1].first { $0 < pictures.count && pictures[$0] == picture }, where_)
        // and the store is as good as any
        for step in stride(from: found + 1, through: StoreWorkload.steps, by: 1) {
            try account.write { transaction throws(StoreError) in try StoreWorkload.step(step, &transaction) }
        }
        let last = try account.write { transaction throws(StoreError) in try StoreWorkload.picture(&transaction) }
        // numbers that were undone may be given again, so keys differ from here on
        let sorted = { (picture: StoreWorkload.Picture) in
            picture.rows.values.sorted { $0.lexicographicallyPrecedes($1) }
        }
        #expect(sorted(last) == sorted(pictures[StoreWorkload.steps]), where_)
        #expect(Set(last.numbers.map { $0.prefix { $0 != " " } }).count == last.numbers.count, where_)
        #expect(try file.check().isSound, where_)
    }
}

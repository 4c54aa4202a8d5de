// Owns `tern doctor`: one line for each thing that has to be right. It must not know how any of them is mended.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernJSON
internal import TernOMEMO
internal import TernPGP
internal import TernStore
internal import TernWire
internal import TernXML

/// `tern doctor`.
struct DoctorCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check the store, its permissions, the libraries and the clock.",
        discussion: """
            The exit code is that of the first check that fails.

            Example:
              tern doctor --json
            """)

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let checks = libraries() + (await store(in: console.workplace))
        for check in checks {
            if console.json {
                console.print(.object(check.object))
            } else {
                let color: Console.Color = check.failure == nil ? (check.isWarning ? .yellow : .green) : .red
                console.print("\(console.paint(check.word, color))  \(check.name): \(safe(check.text))")
            }
        }
        for check in checks { if let hint = check.failure?.hint { console.note("hint: \(hint)") } }
        let status = checks.lazy.compactMap(\.failure).first?.status ?? .success
        if console.json { console.print(.object(Diagnosis(checks, status).object)) }
        return status
    }

    private func libraries() -> [DoctorCheck] {
        let others = [
            LinkedLibrary(name: "expat", version: Expat.version),
            LinkedLibrary(name: "jansson", version: Jansson.version),
            LinkedLibrary(name: "protobuf-c", version: ProtobufC.version),
            LinkedLibrary(name: "sqlite", version: StoreFile.sqliteVersion),
        ]
        var checks = (LinkedLibrary.cryptographic + others).map { DoctorCheck($0.name, $0.version) }
        if let version = GPGME.version {
            checks.append(DoctorCheck("gpgme", version))
        } else {
            checks.append(
                DoctorCheck("gpgme", failure: CommandFailure(.missingProgram, "the library is missing or too old")))
        }
        checks.append(DoctorCheck("tern", ProgramVersion.number))
        return checks
    }

    /// A clock that was never set makes every claimed time lie in the future, and one that was set back makes keys old.
    /// - Parameter newest: The newest time in the store.
    private func clock(_ newest: Timestamp? = nil) -> DoctorCheck {
        let now = Timestamp.now
        guard now > DoctorCommand.past else {
            return DoctorCheck("clock", "\(now.xmpp), which is in the past", isWarning: true)
        }
        if let newest, now < newest {
            return DoctorCheck("clock", "\(now.xmpp), before \(newest.xmpp) in the store", isWarning: true)
        }
        return DoctorCheck("clock", now.xmpp)
    }

    /// What is wrong with a store ends the looking, since the rest rests on it.
    private func store(in workplace: Workplace) async -> [DoctorCheck] {
        var checks: [DoctorCheck] = []
        var clockCheck = clock()
        var name = "store"
        do throws(CommandFailure) {
            let path = try options.storeFolder(in: workplace)
            try failing(path) { () throws(StoreError) in
                do throws(StoreError) {
                    try StoreFile.checkPermissions(at: path)
                } catch {
                    if error == .exposed { name = "permissions" }
                    throw error
                }
            }
            let file = try options.openStore(in: workplace)
            checks.append(DoctorCheck("store", path))
            checks.append(DoctorCheck("permissions", "for its owner alone"))
            checks.append(DoctorCheck("lock", "free"))
            checks.append(
                DoctorCheck("sealing", file.isSealed ? "sealed" : "not sealed", isWarning: !file.isSealed))
            name = "integrity"
            let health = try failing(path) { () throws(StoreError) in try file.check() }
            guard health.isSound, health.unreadableRows == 0 else {
                throw CommandFailure(
                    .storeDamaged, "\(path): the database is damaged, \(health.unreadableRows) rows cannot be read",
                    hint: "restore a backup")
            }
            checks.append(DoctorCheck("integrity", counted(health.rows, "row")))
            name = "accounts"
            let accounts = try options.accounts(in: file, workplace)
            var newest = accounts.map(\.created).max()
            for each in accounts {
                let account = try options.openAccount(each.jid, in: file, workplace)
                do throws(SessionError) {
                    let time = try await account.status().newest
                    newest = max(newest ?? time, time)
                } catch {
                    throw CommandFailure(error)
                }
            }
            checks.append(DoctorCheck("accounts", String(accounts.count), isWarning: accounts.isEmpty))
            clockCheck = clock(newest)
        } catch {
            let place: [ErrorCode: String] = [.storeHeld: "lock", .wrongPassphrase: "sealing"]
            checks.append(DoctorCheck(place[error.code] ?? name, failure: error))
        }
        return [clockCheck] + checks
    }

    private func failing<Value>(
        _ path: String, _ body: () throws(StoreError) -> Value
    ) throws(CommandFailure) -> Value {
        do throws(StoreError) { return try body() } catch { throw CommandFailure(error, store: path) }
    }

    /// Before this program was written.
    private static let past = Timestamp(seconds: 1_750_000_000)
}

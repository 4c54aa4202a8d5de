// Owns `tern doctor`: one line for each thing that has to be right. It must not know how any of them is mended.

internal import ArgumentParser
internal import TernCore
internal import TernCrypto
internal import TernJSON
internal import TernStore
internal import TernXML

/// `tern doctor`.
struct DoctorCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check the store, its permissions, the libraries and the clock.",
        discussion: """
            The exit code is that of the first check that fails.

            Example:
              tern doctor --json
            """)

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        var checks = libraries() + [clock()]
        checks += await store()
        for check in checks {
            if console.json {
                console.print(.object(check.object))
            } else {
                let color: Console.Color = check.failure == nil ? (check.isWarning ? .yellow : .green) : .red
                console.print("\(console.paint(check.word, color))  \(check.name): \(safe(check.text))")
            }
        }
        for check in checks { if let hint = check.failure?.hint { console.note("hint: \(hint)") } }
        return checks.lazy.compactMap(\.failure).first?.status ?? .success
    }

    private func libraries() -> [DoctorCheck] {
        let others = [
            LinkedLibrary(name: "expat", version: Expat.version),
            LinkedLibrary(name: "sqlite", version: StoreFile.sqliteVersion),
        ]
        var checks = (LinkedLibrary.cryptographic + others).map { DoctorCheck($0.name, $0.version) }
        checks.append(DoctorCheck("tern", ProgramVersion.number))
        return checks
    }

    /// A clock that was never set makes every claimed time lie in the future.
    private func clock() -> DoctorCheck {
        let now = Clock.now()
        let isPlausible = now > Timestamp(seconds: 1_750_000_000)
        return DoctorCheck("clock", now.xmpp + (isPlausible ? "" : ", which is in the past"), isWarning: !isPlausible)
    }

    private func store() async -> [DoctorCheck] {
        do throws(CommandFailure) {
            let path = try options.storeFolder()
            let file = try options.openStore()
            var checks = [DoctorCheck("store", path)]
            checks.append(
                DoctorCheck("sealing", file.isSealed ? "sealed" : "not sealed", isWarning: !file.isSealed))
            let health: StoreFile.Health
            do throws(StoreError) {
                health = try file.check()
            } catch {
                throw CommandFailure(error, store: path)
            }
            guard health.isSound, health.unreadableRows == 0 else {
                throw CommandFailure(
                    .storeDamaged, "\(path): the database is damaged, \(health.unreadableRows) rows cannot be read",
                    hint: "restore a backup")
            }
            checks.append(DoctorCheck("integrity", counted(health.rows, "row")))
            let accounts = try options.accounts(in: file)
            for account in accounts { _ = try options.openAccount(account.jid, in: file) }
            checks.append(
                DoctorCheck("accounts", String(accounts.count), isWarning: accounts.isEmpty))
            return checks
        } catch {
            return [DoctorCheck("store", failure: error)]
        }
    }
}

/// What a check gave.
struct DoctorCheck {
    let name: String
    let text: String
    let isWarning: Bool
    let failure: CommandFailure?

    init(_ name: String, _ text: String, isWarning: Bool = false) {
        (self.name, self.text, self.isWarning, failure) = (name, text, isWarning, nil)
    }

    init(_ name: String, failure: CommandFailure) {
        (self.name, text, isWarning, self.failure) = (name, failure.message, false, failure)
    }

    /// How it went, in a word.
    var word: String { failure == nil ? (isWarning ? "warning" : "ok") : "error" }

    /// For programs.
    var object: JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "check"
        object["name"] = .string(name)
        object["result"] = .string(word)
        object["text"] = .string(text)
        if let failure {
            object["code"] = .string(failure.code.rawValue)
            object["exit"] = .number(String(failure.status.rawValue))
        }
        return object
    }
}

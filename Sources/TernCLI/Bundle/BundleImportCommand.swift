// Owns `tern bundle import`: what others publish, into the store. It must not know how a bundle is checked.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernInput
internal import TernJSON
internal import TernOMEMO
internal import TernPGP
internal import TernStore

/// `tern bundle import`.
struct BundleImportCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take device lists and bundles that somebody published.",
        discussion: """
            Reads <items node='…'> elements, one after the other, as 'tern bundle show' prints them and servers give them, \
            by themselves or in their <iq> or <message>. All are taken in one transaction and each for itself: one that is \
            refused leaves the others alone, and the exit code is that of the first refusal: 3 for a wrong signature, 4 for \
            another key than the accepted one, 6 for what is damaged, 15 for a node that is not OMEMO's.

            That there is no such node is an answer too: --absent takes its name, and so does the server's error \
            item-not-found where it repeats the request. Any other error says nothing.

            Example:
              tern bundle import --from bob@example.org items.xml
            """)

    @Option(help: ArgumentHelp("Whose they are.", valueName: "jid"), transform: GlobalOptions.address)
    var from: BareJID

    @Option(help: ArgumentHelp("A node that does not exist, as the server says.", valueName: "node"))
    var absent: [String] = []

    @Argument(help: ArgumentHelp("The items; - is standard input.", valueName: "file"), completion: .file())
    var file: String?

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let units = try absent.map { ImportUnit(absent: $0, of: from) } + read(console.workplace)
        let account = try await options.openAccount(in: console.workplace)
        let own = DeviceAddress(account.jid, account.device)
        let learned = units.filter { $0.failure == nil && !$0.isAbsent && !$0.isOpenPGP }
        var results: [Result<[Event], SessionError>]
        let devices: [DeviceStanding]
        do throws(SessionError) {
            results = try await account.learn(learned.map { ($0.items, $0.node) }, at: Timestamp.now)
            for unit in units where unit.isAbsent {
                if unit.isOpenPGP {
                    try await account.learn(pgpAbsent: unit.node, at: Timestamp.now)
                } else {
                    try await account.learn(absent: unit.node, at: Timestamp.now)
                }
            }
            devices = try await account.devices(of: from)
        } catch {
            throw CommandFailure(error)
        }
        results.reverse()
        var refusals: [CommandFailure] = []
        for unit in units {
            var failure = unit.failure
            if unit.isAbsent {
                ImportReport(unit, [], devices, own).tell(console)
            } else if failure == nil, unit.isOpenPGP {
                do throws(CommandFailure) {
                    ImportReport(unit, try await learn(unit, account), devices, own).tell(console)
                } catch {
                    failure = error
                }
            } else if failure == nil, let result = results.popLast() {
                switch result {
                case .success(let events): ImportReport(unit, events, devices, own).tell(console)
                case .failure(let error): failure = unit.refusal(error, own, devices)
                }
            }
            guard let failure else { continue }
            if console.json { console.print(.object(unit.object(failure))) }
            refusals.append(failure)
        }
        // one alone is the command's own failure
        if refusals.count > 1 { for refusal in refusals { console.note("refused: \(refusal.message)") } }
        if let first = refusals.first { throw first }
        return .success
    }

    /// Takes a list of keys, or a key of OX.
    private func learn(
        _ unit: ImportUnit, _ account: Account<AccountStore>
    ) async throws(CommandFailure) -> [Event] {
        let result: Result<[Event], CertificateRefusal>
        do throws(SessionError) {
            result = try await account.learn(pgp: unit.items, at: unit.node, at: Timestamp.now)
        } catch .malformed {
            throw CommandFailure(.malformed, "this is not what the specification says: \(unit.node.words)")
        } catch {
            throw CommandFailure(pgp: error)
        }
        switch result {
        case .success(let events):
            for case .keyChanged(_, let now) in events {
                throw CommandFailure(
                    .untrusted, "\(from) announces \(events.compactMap(\.pgpWords).joined(separator: "; "))",
                    hint: "compare it with its owner by another way; if it is theirs: "
                        + "tern contact trust \(from) '\(now.pgpGrouped)'")
            }
            return events
        case .failure(let refusal): throw CommandFailure(refusing: refusal, unit.node.words)
        }
    }

    /// What the input holds; nothing where only absences are told.
    private func read(_ workplace: Workplace) throws(CommandFailure) -> [ImportUnit] {
        guard file != nil || absent.isEmpty else { return [] }
        let document: [UInt8]
        do throws(InputError) {
            document = try workplace.open(file).readAll(limit: PubSubDocument.limit)
        } catch {
            throw CommandFailure(error)
        }
        return try PubSubDocument(document).parts.flatMap { ImportUnit.units($0, of: from) }
    }
}

// Owns `tern bundle import`: what others publish, into the store. It must not know how a bundle is checked.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernInput
internal import TernJSON
internal import TernOMEMO
internal import TernStore

/// `tern bundle import`.
struct BundleImportCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take device lists and bundles that somebody published.",
        discussion: """
            Reads <items node='…'> elements, one after the other, as 'tern bundle show' prints them and servers give them, \
            by themselves or in their <iq> or <message>. Each is taken for itself: one that is refused leaves the others \
            alone, and the exit code is that of the first refusal.

            Example:
              tern bundle import --from bob@example.org items.xml
            """)

    @Option(help: ArgumentHelp("Whose they are.", valueName: "jid"), transform: GlobalOptions.address)
    var from: BareJID

    @Argument(help: ArgumentHelp("The items; - is standard input.", valueName: "file"), completion: .file())
    var file: String?

    @OptionGroup var options: GlobalOptions

    private static let limit = 16 << 20

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let document: [UInt8]
        do throws(InputError) {
            document = try InputStream(file).readAll(limit: BundleImportCommand.limit)
        } catch {
            throw CommandFailure(error)
        }
        let nodes = try PubSubItems.read(document)
        let account = try await options.openAccount()
        var first: CommandFailure?
        for node in nodes {
            let units = DeviceList.version(ofNode: node.node) == nil ? node.items.map { [$0] } : [node.items]
            for items in units {
                let failure = await take(items, of: node, account, console)
                if first == nil { first = failure }
            }
        }
        if let first { throw first }
        return .success
    }

    /// Takes one list or one bundle.
    private func take(
        _ items: [Item], of node: PubSubItems, _ account: Account<AccountStore>, _ console: Console
    ) async -> CommandFailure? {
        let place = Node(from, node.node, item: items.first?.id)
        do throws(CommandFailure) {
            guard node.owner == nil || node.owner == from else {
                throw CommandFailure(.unauthentic, "the stanza names another account than --from")
            }
            let events: [Event]
            do throws(SessionError) {
                events = try await account.learn(items, at: place, at: Clock.now())
            } catch .unauthentic {
                throw CommandFailure(.unauthentic, "the signature of this bundle does not fit: \(place.words)")
            } catch .untrusted {
                throw CommandFailure(
                    .untrusted, "this device has another key than the accepted one: \(place.words)",
                    hint: "compare fingerprints with its owner; then tern contact trust with the new one")
            } catch .unsupported {
                throw CommandFailure(.unsupported, "this is no node of OMEMO: \(place.words)")
            } catch {
                throw CommandFailure(error)
            }
            tell(items, of: place, events, console)
            return nil
        } catch {
            if console.json {
                console.print(.object(error.object(place)))
            } else {
                console.note("refused: \(error.message)")
            }
            return error
        }
    }

    private func tell(_ items: [Item], of place: Node, _ events: [Event], _ console: Console) {
        let version = DeviceList.version(ofNode: place.name)
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "imported"
        object["jid"] = .string(from.description)
        object["node"] = .string(place.name)
        var words = "\(from)  "
        if let version, let list = try? DeviceList(items: items, version: version) {
            object["kind"] = "deviceList"
            object["scheme"] = .string(version.scheme.rawValue)
            object["devices"] = .array(list.devices.map { .number($0.id.description) })
            words +=
                "device list, \(version.scheme.rawValue): \(list.devices.map(\.id.description).joined(separator: " "))"
        } else if let bundle = BundlePlace(place) {
            object["kind"] = "bundle"
            object["scheme"] = .string(bundle.version.scheme.rawValue)
            object["device"] = .number(bundle.device.description)
            words += "bundle of device \(bundle.device), \(bundle.version.scheme.rawValue)"
        }
        object["events"] = .array(events.map(\.json))
        if console.json {
            console.print(.object(object))
        } else {
            console.print(safe(words))
            for event in events { console.note(event) }
        }
    }
}

extension CommandFailure {
    /// The object of something that was refused while others were taken.
    fileprivate func object(_ place: Node) -> JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "refused"
        object["jid"] = .string(place.owner.description)
        object["node"] = .string(place.name)
        if let item = place.item { object["item"] = .string(item) }
        object["code"] = .string(code.rawValue)
        object["exit"] = .number(String(status.rawValue))
        object["message"] = .string(message)
        return object
    }
}

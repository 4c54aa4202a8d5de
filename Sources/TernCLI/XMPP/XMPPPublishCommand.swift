// Owns `tern xmpp publish` and `tern xmpp fetch`: what a store and a server have of each other. They must not know what it is.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernStore
internal import TernTransport
internal import TernXMPP

/// `tern xmpp publish`.
struct XMPPPublishCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Publish, send and fetch what waits: device lists, bundles, keys, answers.",
        discussion: """
            The own device lists are fetched before they are published, so that no other device is left out. What the \
            server does not take goes on waiting: see 'tern outbox'.

            Example:
              tern xmpp publish --password-fd 3 3<password
            """)

    @OptionGroup var server: XMPPOptions
    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        let settings = try server.settings(account.jid, options, in: console.workplace)
        let client = server.client(settings, in: console.workplace)
        do throws(TransportError) { _ = try await client.connect() } catch { throw CommandFailure(error) }
        let network = ServerNetwork(client, of: account.jid)
        let before: Int
        let left: Int
        do throws(SessionError) {
            before = try await account.outstanding().count
            for event in try await account.carryOut(over: network) { console.note(event) }
            left = try await account.outstanding().count
        } catch {
            throw CommandFailure(error)
        }
        await client.close()
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "published"
        object["done"] = .number(String(max(0, before - left)))
        object["waiting"] = .number(String(left))
        if console.json {
            console.print(.object(object))
        } else {
            console.print("done         \(max(0, before - left))")
        }
        guard left == 0 else {
            throw CommandFailure(
                .network, "the server did not take everything: \(left) still wait",
                hint: "see 'tern outbox list', and 'tern xmpp check' for what the server lacks")
        }
        return .success
    }
}

/// `tern xmpp fetch`.
struct XMPPFetchCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch", abstract: "Fetch the device lists and bundles of somebody.",
        discussion: """
            'tern xmpp send' does it by itself. Afterwards 'tern contact show' has their fingerprints.

            Example:
              tern xmpp fetch bob@example.org --password-fd 3 3<password
            """)

    @Argument(
        help: ArgumentHelp("Whose.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID

    @OptionGroup var server: XMPPOptions
    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        let settings = try server.settings(account.jid, options, in: console.workplace)
        let client = server.client(settings, in: console.workplace)
        do throws(TransportError) { _ = try await client.connect() } catch { throw CommandFailure(error) }
        let network = ServerNetwork(client, of: account.jid)
        let devices: [DeviceStanding]
        do throws(SessionError) {
            let now = Timestamp.now
            for version in Version.allCases {
                let list = DeviceList.node(of: jid, version: version)
                for device in try await learn(list, network, account, console, at: now) {
                    let bundle = BundlePlace(device, version: version).node(of: jid)
                    _ = try await learn(bundle, network, account, console, at: now)
                }
            }
            devices = try await account.devices(of: jid)
        } catch {
            throw CommandFailure(error)
        }
        await client.close()
        if devices.isEmpty { for node in network.takeHidden() { console.note(hidden: node) } }
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "fetched"
        object["jid"] = .string(jid.description)
        object["devices"] = .number(String(devices.count))
        if console.json {
            console.print(.object(object))
        } else {
            console.print("\(safe(jid.description))  devices: \(devices.count)")
        }
        guard !devices.isEmpty else {
            throw CommandFailure(.missingMaterial, "\(jid) announces no device that can be written to with OMEMO")
        }
        return .success
    }

    /// Takes what a node holds.
    /// - Returns: The devices of a list.
    private func learn(
        _ node: Node, _ network: ServerNetwork, _ account: Account<AccountStore>, _ console: Console, at now: Timestamp
    ) async throws(SessionError) -> [DeviceID] {
        switch await network.fetch(node) {
        case .absent:
            try await account.learn(absent: node, at: now)
            return []
        case .failed:
            console.note("\(node.words) could not be fetched: nothing is concluded from it")
            return []
        case .found(let items):
            do throws(SessionError) {
                for event in try await account.learn(items, at: node, at: now) { console.note(event) }
            } catch .malformed {
                console.note("\(node.words) makes no sense")
                return []
            }
            return try await account.devices(of: jid).map(\.address.device)
        }
    }
}

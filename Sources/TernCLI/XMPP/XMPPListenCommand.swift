// Owns `tern xmpp listen`: what comes, line by line, for as long as it may. It must not know how anything is decrypted.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernStore
internal import TernTransport
internal import TernXML
internal import TernXMPP

/// `tern xmpp listen`.
struct XMPPListenCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen", abstract: "Print what comes, decrypted, until it is stopped.",
        discussion: """
            Publishes what waits first, so that others can write. With --json it prints an object when it is there, and one \
            a message, as 'tern decrypt' does; what cannot be read is an error object on the same output, and ends nothing. \
            A lost connection is made again. A message is confirmed to the server after it was printed: one that was not comes again.

            Example:
              tern xmpp listen --json --password-fd 3 3<password
            """)

    @Option(
        help: ArgumentHelp(
            "End once so many messages came that say something; what comes with the last is printed too.",
            valueName: "n"))
    var count: Int?

    @Flag(help: "Print what XEP-0027 cannot authenticate, marked so.")
    var allowUnauthenticated = false

    @OptionGroup var server: XMPPOptions
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (count ?? 1) > 0 else { throw ValidationError("--count takes a number from 1 on") }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        let settings = try server.settings(account.jid, options, in: console.workplace)
        let lists = Version.allCases.map { DeviceList.node(of: account.jid, version: $0).name }
        let capabilities = Capabilities(notifyingOf: lists)
        let client = server.client(
            settings, in: console.workplace, connectsAgain: true, answering: { capabilities.answer(to: $0) })
        do throws(TransportError) { _ = try await client.connect() } catch { throw CommandFailure(error) }
        let ear = Ear(account, client, console, capabilities, lists: Set(lists), allowUnauthenticated)
        var left = count
        for await arrival in client.arrivals {
            switch arrival {
            case .began(let jid): try await ear.begin(as: jid)
            case .lost(let error, let pause):
                console.note("\(CommandFailure(error).message); connecting again in \(pause) s")
            case .ended(let error): if let error { throw CommandFailure(error) }
            case .stanza(let stanza):
                let said = try await ear.take(stanza)
                try console.settle()
                await client.handled()
                left = left.map { $0 - said }
                if let left, left <= 0 { await client.close() }
            }
        }
        return .success
    }
}

/// What is done with what comes.
private struct Ear {
    private let account: Account<AccountStore>
    private let client: ServerClient
    private let network: ServerNetwork
    private let console: Console
    private let capabilities: Capabilities
    private let lists: Set<String>
    private let allowsUnauthenticated: Bool

    init(
        _ account: Account<AccountStore>, _ client: ServerClient, _ console: Console, _ capabilities: Capabilities,
        lists: Set<String>, _ allowsUnauthenticated: Bool
    ) {
        (self.account, self.client, self.console) = (account, client, console)
        (self.capabilities, self.lists, self.allowsUnauthenticated) = (capabilities, lists, allowsUnauthenticated)
        network = ServerNetwork(client, of: account.jid)
    }

    /// A session has begun: others see us, copies come, and what they need is there.
    func begin(as jid: JID) async throws(CommandFailure) {
        try await carryOut()
        _ = await client.ask { ClientStanza.carbons(id: $0) }
        _ = await client.send(capabilities.presence)
        guard console.json else { return console.note("listening") }
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "listening"
        object["jid"] = .string(jid.description)
        console.print(.object(object))
        try console.settle()
    }

    /// - Returns: How many messages it was that say something.
    func take(_ stanza: Element) async throws(CommandFailure) -> Int {
        guard stanza.name == "message", stanza["type"] != "error" else { return 0 }
        guard let delivered = DeliveredMessage(stanza, own: account.jid) else {
            console.note("a copy of a message that somebody else has made was ignored")
            return 0
        }
        if let event = PubSubStanza.event(in: stanza) {
            try await take(event, from: stanza["from"])
            return 0
        }
        guard let sender = delivered.message["from"].flatMap({ try? JID($0) }), delivered.message["type"] != "groupchat"
        else { return 0 }
        let request: DecryptRequest
        do throws(CommandFailure) {
            request = try DecryptRequest(
                delivered.message, Delivery(from: nil, room: nil, isArchived: false), own: account.jid)
        } catch {
            // in the clear, or nothing for a person: neither is shown as if it had been encrypted
            if delivered.message.first("body") != nil {
                console.note("a message of \(safe(sender.bare.description)) that is not encrypted was not shown")
            }
            return 0
        }
        do throws(CommandFailure) {
            return try await read(request)
        } catch {
            guard error.code != .storage, error.code != .storeDamaged else { throw error }
            if console.json { console.print(.object(error.object(line: nil))) } else { console.report(error) }
            return 0
        }
    }

    private func read(_ request: DecryptRequest) async throws(CommandFailure) -> Int {
        guard request.openPGP == nil else {
            let reader = PGPDecrypting(
                account, console, allowsUnauthenticated: allowsUnauthenticated, over: network)
            guard let report = try await reader.decrypt([request]).first else { return 0 }
            show(try report.get(), from: request.incoming.sender.bare)
            return 1
        }
        let decryption: Decryption
        do throws(SessionError) {
            let results = try await account.decrypt([(request.messages, request.incoming)], at: Timestamp.now)
            guard let result = results.first else { return 0 }
            decryption = try result.get()
        } catch {
            throw CommandFailure(decrypting: error, nil)
        }
        for event in decryption.events { console.note(event) }
        let says = decryption.plaintext?.content.text != nil
        if says || console.json { show(DecryptReport(decryption), from: request.incoming.sender.bare) }
        if let receipt = decryption.receipt {
            try await console.whenDelivered { [account] () throws(SessionError) in
                try await account.acknowledge([receipt])
            }
        }
        try await carryOut()
        return says ? 1 : 0
    }

    private func show(_ report: any ReadReport, from sender: BareJID) {
        let object = report.object(line: nil)
        guard !console.json else { return console.print(.object(object)) }
        guard let text = object["text"]?.string else { return }
        console.print("\(safe(sender.description)): \(safe(text))")
    }

    /// Only an account's own server speaks for what the account publishes.
    private func take(_ event: (node: String, items: [Item]), from: String?) async throws(CommandFailure) {
        guard lists.contains(event.node), let owner = try? BareJID(from ?? account.jid.description),
            !event.items.isEmpty
        else { return }
        do throws(SessionError) {
            for event in try await account.learn(event.items, at: Node(owner, event.node), at: Timestamp.now) {
                console.note(event)
            }
        } catch .malformed {
            console.note("a device list of \(safe(owner.description)) makes no sense")
        } catch {
            throw CommandFailure(error)
        }
        try await carryOut()
    }

    private func carryOut() async throws(CommandFailure) {
        do throws(SessionError) {
            for event in try await account.carryOut(over: network) { console.note(event) }
        } catch {
            throw CommandFailure(error)
        }
    }
}

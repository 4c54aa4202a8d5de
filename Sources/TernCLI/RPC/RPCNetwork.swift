// Owns how a caller is the network of an account: what they are asked, and what their answers mean. It must not know what
// nodes hold.

internal import Tern
internal import TernCore
internal import TernJSON
internal import TernXML
internal import TernXMPP

/// A caller who fetches, publishes and sends for an account.
struct RPCNetwork: Network {
    let caller: RPCCaller
    let account: BareJID
    /// Whether the caller decides when something is computed.
    let decidesOnWork: Bool

    func fetch(_ node: Node) async -> Fetched {
        var parameters = subject
        parameters["jid"] = .string(node.owner.description)
        parameters["node"] = .string(node.name)
        if let item = node.item { parameters["item"] = .string(item) }
        guard let result = await caller.ask("network.fetch", parameters) else { return .failed(isWorthRepeating: true) }
        if result["absent"]?.boolean == true { return .absent }
        guard let values = result["items"]?.array else { return .failed(isWorthRepeating: false) }
        var items: [Item] = []
        for value in values {
            guard let object = value.object, let text = object["payload"]?.string,
                let payload = try? XMLParser.parse(text)
            else { return .failed(isWorthRepeating: false) }
            items.append(Item(id: object["id"]?.string, payload: payload))
        }
        return .found(items)
    }

    func publish(_ publication: Publication) async -> Published {
        var parameters = subject
        parameters["node"] = .string(publication.node.name)
        if let item = publication.node.item { parameters["item"] = .string(item) }
        guard let payload = try? publication.payload.serialized(),
            let stanza = try? PubSubStanza.publish(publication, id: "publish").serialized()
        else { return .failed(isWorthRepeating: false) }
        parameters["payload"] = .string(payload)
        parameters["access"] = publication.access == .everybody ? "everybody" : "owner"
        parameters["stanza"] = .string(stanza)
        return await isDone("network.publish", parameters) ? .done : .failed(isWorthRepeating: true)
    }

    func retract(_ node: Node) async -> Published {
        var parameters = subject
        parameters["node"] = .string(node.name)
        if let item = node.item { parameters["item"] = .string(item) }
        guard let stanza = try? PubSubStanza.retract(node, id: "retract").serialized() else {
            return .failed(isWorthRepeating: false)
        }
        parameters["stanza"] = .string(stanza)
        return await isDone("network.retract", parameters) ? .done : .failed(isWorthRepeating: true)
    }

    func send(_ stanza: Element) async -> Bool {
        guard let text = try? stanza.serialized() else { return false }
        var parameters = subject
        parameters["stanza"] = .string(text)
        return await isDone("network.send", parameters)
    }

    /// What is computed stays in this process, since it is about secrets: the caller says whether and when.
    func run(_ job: Job) async -> Job.Receipt {
        var parameters = subject
        parameters["kind"] = .string(job.kind.rawValue)
        guard decidesOnWork else { return await SystemThreads.run(job) }
        let result = await caller.ask("network.work", parameters)
        return result?["run"]?.boolean == true ? await SystemThreads.run(job) : job.abandon()
    }

    private func isDone(_ method: String, _ parameters: JSONObject) async -> Bool {
        await caller.ask(method, parameters)?["done"]?.boolean == true
    }

    private var subject: JSONObject {
        JSONObject([.init(name: "account", value: .string(account.description))])
    }
}

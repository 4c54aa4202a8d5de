// Owns asking for the servers of a domain (RFC 6120 §3.2, XEP-0368). It must not know what is spoken with them.

internal import CResolv
internal import Dispatch

/// Where a server listens.
public struct ServerAddress: Hashable, Sendable {
    /// A name or a number.
    public let host: String
    /// The port.
    public let port: Int
    /// Whether TLS begins at once; with STARTTLS otherwise.
    public let isDirect: Bool

    /// An address.
    public init(host: String, port: Int, isDirect: Bool) {
        (self.host, self.port, self.isDirect) = (host, port, isDirect)
    }
}

/// A record of RFC 2782.
struct ServerRecord: Hashable, Sendable {
    let priority: UInt16
    let weight: UInt16
    let port: UInt16
    let target: String
}

/// Asks for the servers of domains.
public struct ServerDirectory: Sendable {
    private let nameServer: UInt16

    /// Asks the name servers that this machine knows.
    public init() { nameServer = 0 }

    /// Asks one on loopback.
    package init(nameServer: UInt16) { self.nameServer = nameServer }

    /// The servers of a domain, in the order in which they are to be tried: of each priority those with TLS from the first byte come
    /// first, and the domain itself where it names none.
    ///
    /// A domain that says that it has no such server (RFC 2782, a target of `.`) has none.
    public func servers(of domain: String) async -> [ServerAddress] {
        let nameServer = nameServer
        async let direct = ServerDirectory.records("_xmpps-client._tcp.\(domain)", nameServer)
        async let other = ServerDirectory.records("_xmpp-client._tcp.\(domain)", nameServer)
        var servers: [(priority: UInt16, address: ServerAddress)] = []
        let answers = await [(direct, true), (other, false)]
        for (records, isDirect) in answers {
            for record in ServerDirectory.ordered(records ?? [], using: SystemRandomNumberGenerator())
            where record.target != "." && !record.target.isEmpty {
                servers.append(
                    (
                        record.priority,
                        ServerAddress(host: record.target, port: Int(record.port), isDirect: isDirect)
                    ))
            }
        }
        let isRefused = answers.contains { $0.0?.contains { $0.target == "." || $0.target.isEmpty } ?? false }
        if servers.isEmpty, !isRefused { return [ServerAddress(host: domain, port: 5222, isDirect: false)] }
        // sorting keeps the order of equals
        return servers.sorted { $0.priority < $1.priority }.map(\.address)
    }

    /// RFC 2782: by priority, and in each by chance, in proportion to the weights.
    static func ordered(_ records: [ServerRecord], using chance: some RandomNumberGenerator) -> [ServerRecord] {
        var chance = chance
        var ordered: [ServerRecord] = []
        for priority in Set(records.map(\.priority)).sorted() {
            var rest = records.filter { $0.priority == priority }.sorted { $0.weight < $1.weight }
            while !rest.isEmpty {
                var drawn = UInt32.random(in: 0...rest.reduce(0) { $0 + UInt32($1.weight) }, using: &chance)
                let place = rest.firstIndex { record in
                    if drawn <= UInt32(record.weight) { return true }
                    drawn -= UInt32(record.weight)
                    return false
                }
                ordered.append(rest.remove(at: place ?? 0))
            }
        }
        return ordered
    }

    /// - Returns: Nothing where nobody answers.
    private static func records(_ name: String, _ nameServer: UInt16) async -> [ServerRecord]? {
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .userInitiated).async {
                continuation.resume(returning: ask(name, nameServer))
            }
        }
    }

    private static func ask(_ name: String, _ nameServer: UInt16) -> [ServerRecord]? {
        var answer = [UInt8](repeating: 0, count: 65_536)
        let length = unsafe tern_srv_query(name, nameServer, &answer, Int32(answer.count))
        guard length >= 0 else { return length == -2 ? [] : nil }
        var records: [ServerRecord] = []
        for number in 0..<most {
            var values: [UInt16] = [0, 0, 0]
            var target = [CChar](repeating: 0, count: 1025)
            let kind = unsafe tern_srv_record(answer, length, Int32(number), &values, &target, Int32(target.count))
            guard kind >= 0 else { break }
            guard kind == 1 else { continue }
            let end = target.firstIndex(of: 0) ?? target.endIndex
            let name = String(decoding: target[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            records.append(ServerRecord(priority: values[0], weight: values[1], port: values[2], target: name))
        }
        return records
    }

    /// A domain has a few servers.
    private static let most = 64
}

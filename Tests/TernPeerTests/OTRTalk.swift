// Owns a conversation between an OTR session of Tern and a foreign program: who hands what to whom. It must not know what a test
// is about.

import TernCore
import TernJSON
import TernOTR
import Testing

/// Two ends, Tern's and a foreign one.
final class OTRTalk {
    private(set) var session: OTRSession
    /// Whether the conversation is written down and read again, in place of a process that ends, before every call.
    var freezes = false
    private let policy: OTRPolicy
    let peer: ForeignPeer
    let peerFingerprint: String
    private(set) var texts: [String] = []
    private(set) var peerTexts: [String] = []
    var events: [Event] = []
    var peerEvents: [String] = []
    private(set) var failures: [SessionError] = []
    /// Everything that was sent, in its order: whether it was Tern's, and what.
    private(set) var wire: [(isOurs: Bool, body: String)] = []
    /// What is not delivered: the number of a message of Tern's, from 0.
    var isLost: (Int) -> Bool = { _ in false }
    private(set) var answer = JSONObject()
    private var sent = 0

    static let now = Timestamp(seconds: 1_800_000_000)
    /// What the host says that it is.
    var clock = OTRTalk.now
    private static let key = Result { try OTRPrivateKey.generate(for: try BareJID("alice@example.org")) }

    init(
        _ implementation: ForeignPeer.OTRImplementation, _ policy: OTRPolicy, peerVersions: [Int] = [2, 3],
        peerTags: Bool = false, peerLongest: Int = 0
    ) throws {
        self.policy = policy
        peer = try ForeignPeer(program: implementation.rawValue)
        session = OTRSession(
            account: try BareJID("alice@example.org"), peer: try JID("bob@example.org/x"), key: try Self.key.get(),
            policy: policy)
        let created = try peer.ask(
            "create",
            [
                "account": "bob@example.org", "peer": "alice@example.org",
                "versions": .array(peerVersions.map { .number(String($0)) }), "tags": .boolean(peerTags),
                "longest": .number(String(peerLongest)),
            ])
        peerFingerprint = created["fingerprint"]?.string ?? ""
    }

    var isPrivate: Bool { session.phase == .established && answer["private"] == true }

    /// Another process takes the conversation up.
    func refreeze() throws(SessionError) {
        guard freezes, let key = session.key else { return }
        let record = try session.freeze()
        session = try OTRSession(
            thawing: record, account: session.account, peer: try jid("bob@example.org/x"), key: key, tag: session.tag,
            policy: policy)
    }

    /// Tern does something, and both go on until they are silent.
    func ours(_ body: () throws(SessionError) -> Step) throws {
        try refreeze()
        try carryOut([try body()])
    }

    /// The other end does something.
    func theirs(_ operation: String, _ members: KeyValuePairs<String, JSONValue> = [:]) throws {
        try take(try peer.ask(operation, members))
    }

    func say(_ text: String) throws {
        try ours { () throws(SessionError) in try session.encrypt(.text(text), at: clock) }
    }

    private func take(_ answer: JSONObject) throws {
        self.answer = answer
        peerEvents += answer["events"]?.array?.compactMap(\.string) ?? []
        if let text = answer["text"]?.string { peerTexts.append(text) }
        for body in answer["out"]?.array?.compactMap(\.string) ?? [] {
            wire.append((false, body))
            do throws(SessionError) {
                let incoming = Incoming(
                    .body(body), from: try jid("bob@example.org/x"), to: try jid("alice@example.org/home"))
                try refreeze()
                try carryOut([try session.decrypt(incoming, at: clock)])
            } catch {
                failures.append(error)
            }
        }
    }

    private func jid(_ text: String) throws(SessionError) -> JID {
        guard let jid = try? JID(text) else { throw .misuse }
        return jid
    }

    private func carryOut(_ steps: [Step]) throws(SessionError) {
        for step in steps {
            events += step.events
            if let failure = step.failure { failures.append(failure) }
            if let text = step.plaintext?.content.text { texts.append(text) }
            for outbound in step.outbound {
                guard case .body(let body) = outbound.payload else { continue }
                wire.append((true, body))
                defer { sent += 1 }
                guard !isLost(sent) else { continue }
                do {
                    try take(try peer.ask("receive", ["body": .string(body)]))
                } catch let error as SessionError {
                    throw error
                } catch {
                    peerEvents.append("refused")
                }
            }
            for case .work(let job) in step.needs {
                try carryOut(try session.supply([.worked(job.run())], at: clock))
            }
        }
    }
}

// Owns the rows of `pgp`: messages of OX beside plain gpgme over the same home. It must not know how rows are told.

internal import Dispatch
internal import Synchronization
internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernPGP

/// The OpenPGP rows. GnuPG does the work in processes of its own, so what passes is what counts.
public enum PGPScenarios {
    /// All rows, in the order in which they are told.
    public static var all: [Scenario] {
        [
            row("ox-encrypt", "1 kB signed and encrypted to two keys", workers: 1) { bench, contestant in
                try bench.seal(contestant)
            },
            row("ox-decrypt", "the same decrypted and checked", workers: 1) { bench, contestant in
                try bench.open(contestant)
            },
            row("ox-encrypt-2", "1 kB signed and encrypted, two contexts at once", workers: 2) { bench, contestant in
                try bench.seal(contestant)
            },
            row("ox-decrypt-2", "the same decrypted and checked, two contexts at once", workers: 2) {
                bench, contestant in
                try bench.open(contestant)
            },
            row(
                "ox-encrypt-large", "1 kB signed and encrypted by a process with 512 MiB", workers: 1,
                ballast: 512 << 20
            ) {
                bench, contestant in
                try bench.seal(contestant)
            },
        ]
    }

    fileprivate enum Side: String, Sendable {
        case tern
        case gpgme
    }

    private static func row(
        _ name: String, _ summary: String, workers: Int, ballast: Int = 0,
        _ work: @escaping @Sendable (PGPBench, Side) throws -> Void
    ) -> Scenario {
        func contestant(_ side: Side) -> Contestant {
            Contestant(side.rawValue, batch: 4) { count in
                let bench = try PGPBench.shared.get()
                let failure = Mutex<(any Error)?>(nil)
                // memory that is there, as a store of messages would be
                let memory = [UInt8](repeating: 1, count: ballast)
                defer { withExtendedLifetime(memory) {} }
                let start = ContinuousClock.now
                DispatchQueue.concurrentPerform(iterations: workers) { _ in
                    do {
                        for _ in 0..<(count / workers) { try work(bench, side) }
                    } catch {
                        failure.withLock { $0 = error }
                    }
                }
                let passed = start.duration(to: .now)
                if let failure = failure.withLock({ $0 }) { throw failure }
                let microseconds =
                    Double(passed.components.attoseconds) * 1e-12 + Double(passed.components.seconds) * 1e6
                return .counted(microseconds / Double(count))
            }
        }
        return Scenario(name, summary, unit: .elapsed, [contestant(.tern), contestant(.gpgme)])
    }
}

/// Two people's keys, and a message of one to the other.
private final class PGPBench: Sendable {
    static let shared = Result { try PGPBench() }

    private let workshop = PGPWorkshop(within: GnuPGHome.base(runtimeFolder: nil))
    private let identity: PGPIdentity
    private let peer: PGPPeer
    private let alice: BareJID
    private let bob: BareJID
    private let raw: RawGPGME
    private let plaintext: [UInt8]
    private let sealed: Incoming
    private let rawSealed: [UInt8]
    private static let now = Timestamp.now

    private init() throws {
        alice = try BareJID("alice@example.org")
        bob = try BareJID("bob@example.org")
        let now = PGPBench.now
        identity = try workshop.makeIdentity(for: alice, at: now)
        let other = try workshop.makeIdentity(for: bob, at: now)
        let examined = try workshop.examine(other.certificate.bytes).get()
        var peer = PGPPeer()
        peer[other.fingerprint] = PGPKey(examined, of: bob, trust: .verified, seen: now, isGiven: true)
        self.peer = peer
        raw = try RawGPGME(
            workshop.path(of: identity, knowing: [other.certificate]), own: identity.fingerprint.hex,
            theirs: other.fingerprint.hex)
        plaintext = [UInt8](repeating: 0x61, count: 1000)
        let text = String(repeating: "0123456789", count: 80)
        let session = try PGPBench.session(alice, .account(bob), identity, [bob: peer], workshop)
        let step = try PGPBench.run(try session.encrypt(.text(text), at: now), session)
        guard let outbound = step.outbound.first else { throw SessionError.abandoned }
        // what another of one's own programs has sent
        sealed = Incoming(.element(outbound.stanza(id: "1")), from: JID(alice), to: JID(bob), origin: .carbon)
        rawSealed = try raw.seal(plaintext)
    }

    private static func session(
        _ account: BareJID, _ partner: PGPSession.Partner, _ identity: PGPIdentity, _ peers: [BareJID: PGPPeer],
        _ workshop: PGPWorkshop
    ) throws -> PGPSession {
        try PGPSession(
            account: account, with: partner, identity: identity,
            knowing: peers.mapValues { PGPCorrespondent($0, policy: .blind) }, in: workshop)
    }

    private static func run(_ step: Step, _ session: PGPSession) throws -> Step {
        guard case .work(let job)? = step.needs.first,
            let last = try session.supply([.worked(job.run())], at: now).first
        else { throw SessionError.misuse }
        if let failure = last.failure { throw failure }
        return last
    }

    func seal(_ side: PGPScenarios.Side) throws {
        guard side == .tern else {
            _ = try raw.seal(plaintext)
            return
        }
        let session = try PGPBench.session(alice, .account(bob), identity, [bob: peer], workshop)
        let text = String(repeating: "0123456789", count: 80)
        _ = try PGPBench.run(try session.encrypt(.text(text), at: PGPBench.now), session)
    }

    func open(_ side: PGPScenarios.Side) throws {
        guard side == .tern else {
            _ = try raw.open(rawSealed)
            return
        }
        let session = try PGPBench.session(alice, .account(bob), identity, [bob: peer], workshop)
        guard try PGPBench.run(try session.decrypt(sealed, at: PGPBench.now), session).plaintext != nil else {
            throw SessionError.unauthentic
        }
    }
}

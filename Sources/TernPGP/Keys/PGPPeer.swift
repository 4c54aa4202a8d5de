// Owns what is kept of somebody's OpenPGP keys: certificates, decisions, and which of them are announced. It must not know how they came.

public import TernCore

/// Somebody's key, as it was last seen.
public struct PGPKey: Hashable, Sendable {
    /// What they give of it.
    public var certificate: Certificate
    /// How far it is trusted.
    public var trust: Trust
    /// It says of itself, under their signature, that it is the account's: `xmpp:` and the address (XEP-0373 §4.4).
    public var namesOwner: Bool
    /// Its owner has taken it back.
    public var isRevoked: Bool
    /// When its time is over.
    public var expires: Timestamp?
    /// Others can encrypt to it.
    public var canEncrypt: Bool
    /// When it was seen first.
    public var seen: Timestamp
    /// Up to when the certificate is known to be the newest: when it was fetched, or what the list of keys said then.
    public var asOf: Timestamp?
    /// A person has given it; otherwise it was announced.
    public var isGiven: Bool

    /// The fingerprint of its primary key.
    public var fingerprint: Fingerprint { certificate.fingerprint }

    /// A certificate that was looked at, as somebody's key.
    public init(
        _ examined: ExaminedKey, of jid: BareJID, trust: Trust, seen: Timestamp, asOf: Timestamp? = nil,
        isGiven: Bool = false
    ) {
        certificate = examined.certificate
        self.trust = trust
        namesOwner = examined.names(jid)
        isRevoked = examined.isRevoked
        expires = examined.expires
        canEncrypt = examined.canEncrypt
        (self.seen, self.asOf, self.isGiven) = (seen, asOf, isGiven)
    }

    /// The account's own key, which it has proved by holding it.
    init(own identity: PGPIdentity) {
        certificate = identity.certificate
        (trust, namesOwner, isRevoked, expires, canEncrypt) = (.verified, true, false, nil, true)
        (seen, asOf, isGiven) = (identity.created, nil, true)
    }

    /// Why nothing is encrypted to it, as far as the key itself goes.
    public func fault(at now: Timestamp, for scheme: Scheme) -> Event.KeyFault? {
        if trust == .distrusted { return .distrusted }
        if isRevoked { return .revoked }
        if let expires, expires <= now { return .expired }
        if !canEncrypt { return .cannotEncrypt }
        // XEP-0027 knows no such rule: a person has said whose it is
        if scheme == .ox, !namesOwner { return .otherOwner }
        return nil
    }
}

/// Somebody's keys.
public struct PGPPeer: Hashable, Sendable {
    /// As many are kept of one account.
    public static let mostKeys = PublicKeyList.most

    /// All that are known, in the order in which they came.
    public var keys: [PGPKey] = []
    /// What the account announces; nothing where that was never seen.
    public var announced: [PublicKeyList.Entry]?
    /// What it announced when that was seen for the first time.
    public private(set) var first: [Fingerprint] = []

    /// Nothing is known yet.
    public init() {}

    /// A key that is known.
    public subscript(fingerprint: Fingerprint) -> PGPKey? {
        get { keys.first { $0.fingerprint == fingerprint } }
        set {
            guard let place = keys.firstIndex(where: { $0.fingerprint == fingerprint }) else {
                if let newValue { keys.append(newValue) }
                return
            }
            if let newValue { keys[place] = newValue } else { keys.remove(at: place) }
        }
    }

    /// Whether a key is announced, or a person has given it.
    public func isCurrent(_ key: PGPKey) -> Bool {
        key.isGiven || announced?.contains { $0.fingerprint == key.fingerprint } ?? false
    }

    /// Keys that are announced, and of which the certificate is not known, or an older one.
    public var outdated: [Fingerprint] {
        (announced ?? []).filter { entry in
            guard let key = self[entry.fingerprint] else { return true }
            guard let date = entry.date else { return false }
            return key.asOf.map { $0 < date } ?? true
        }.map(\.fingerprint)
    }

    /// How far a key is trusted that nobody has seen before.
    ///
    /// The keys that an account announces first are accepted together. One that comes later is a change, as it is rare with keys that
    /// last for years, and whoever runs the server could make it: a person decides, unless the policy accepts whatever is announced
    /// beside an accepted key.
    private func trustOfNewKey(_ fingerprint: Fingerprint, _ policy: TrustPolicy) -> Trust {
        guard policy != .manual else { return .undecided }
        let accepted = keys.filter { $0.trust == .firstUse || $0.trust == .verified }
        if keys.allSatisfy({ $0.trust == .undecided }) {
            return first.isEmpty || isFirst(fingerprint) ? .firstUse : .undecided
        }
        if isFirst(fingerprint) {
            return policy == .blind && accepted.contains { $0.trust == .verified } ? .undecided : .firstUse
        }
        let isBeside =
            announced?.contains { $0.fingerprint == fingerprint } == true && accepted.contains(where: isCurrent)
        return policy == .firstUse && isBeside ? .firstUse : .undecided
    }

    private func isFirst(_ fingerprint: Fingerprint) -> Bool { first.contains(fingerprint) }

    /// Takes what the account announces.
    /// - Returns: Keys that were here before the list and are accepted with it.
    mutating func learn(_ list: PublicKeyList, policy: TrustPolicy) -> [Fingerprint] {
        announced = list.entries
        guard first.isEmpty, !list.entries.isEmpty else { return [] }
        first = list.entries.map(\.fingerprint)
        var accepted: [Fingerprint] = []
        for place in keys.indices where keys[place].trust == .undecided {
            keys[place].trust = trustOfNewKey(keys[place].fingerprint, policy)
            if keys[place].trust != .undecided { accepted.append(keys[place].fingerprint) }
        }
        return accepted
    }

    /// Takes a certificate that was looked at.
    /// - Returns: What a person is to know; nothing where it is one key too many, which was not taken.
    mutating func learn(
        _ examined: ExaminedKey, of jid: BareJID, isGiven: Bool, policy: TrustPolicy, at now: Timestamp
    ) -> [Event]? {
        let fingerprint = examined.certificate.fingerprint
        let known = self[fingerprint]
        guard known != nil || keys.count < PGPPeer.mostKeys else { return nil }
        // what a person gives is that person's decision
        let trust = known?.trust ?? (isGiven ? .firstUse : trustOfNewKey(fingerprint, policy))
        let accepted = keys.last { $0.trust == .firstUse || $0.trust == .verified }?.fingerprint
        var key = PGPKey(
            examined, of: jid, trust: trust, seen: known?.seen ?? now,
            asOf: isGiven ? known?.asOf : max(now, announced?.first { $0.fingerprint == fingerprint }?.date ?? now),
            isGiven: isGiven || known?.isGiven == true)
        // who can serve an older certificate does not undo what its owner has said
        if known?.isRevoked == true { key.isRevoked = true }
        self[fingerprint] = key
        guard known == nil else { return [] }
        guard trust == .undecided else { return [.keyAccepted(jid, fingerprint)] }
        guard let accepted else { return [.keyUndecided(jid, fingerprint)] }
        return [.keyChanged(accepted: accepted, now: fingerprint)]
    }

    init(record: [UInt8]) throws(SessionError) {
        var reader = FrozenReader(record)
        let format = try reader.number(upTo: 1 << 16)
        guard format == PGPPeer.format else { throw .store(.newer(version: Int(format))) }
        for _ in 0..<(try reader.number(upTo: Int64(PGPPeer.mostKeys))) { keys.append(try PGPKey(&reader)) }
        if try reader.flag() {
            var entries: [PublicKeyList.Entry] = []
            for _ in 0..<(try reader.number(upTo: Int64(PublicKeyList.most))) {
                guard let fingerprint = try? Fingerprint(try reader.counted(20)) else { throw .store(.damaged) }
                entries.append(.init(fingerprint, date: try reader.time()))
            }
            announced = entries
        }
        for _ in 0..<(try reader.number(upTo: Int64(PublicKeyList.most))) {
            guard let fingerprint = try? Fingerprint(try reader.counted(20)) else { throw .store(.damaged) }
            first.append(fingerprint)
        }
        guard reader.offset == record.count else { throw .store(.damaged) }
    }

    var record: [UInt8] {
        var writer = FrozenWriter()
        writer.write(PGPPeer.format)
        writer.write(Int64(keys.count))
        for key in keys { key.write(to: &writer) }
        writer.write(announced == nil ? 0 : 1)
        if let announced {
            writer.write(Int64(announced.count))
            for entry in announced {
                writer.write(counted: entry.fingerprint.bytes)
                writer.write(entry.date)
            }
        }
        writer.write(Int64(first.count))
        for fingerprint in first { writer.write(counted: fingerprint.bytes) }
        return writer.bytes
    }

    private static let format: Int64 = 1
}

extension PGPKey {
    fileprivate init(_ reader: inout FrozenReader) throws(SessionError) {
        do {
            certificate = try Certificate(try reader.counted(Certificate.lengthLimit))
        } catch {
            throw .store(.damaged)
        }
        trust = FrozenReader.trusts[Int(try reader.number(upTo: Int64(FrozenReader.trusts.count - 1)))]
        namesOwner = try reader.flag()
        isRevoked = try reader.flag()
        canEncrypt = try reader.flag()
        isGiven = try reader.flag()
        expires = try reader.time()
        seen = Timestamp(milliseconds: try reader.number())
        asOf = try reader.time()
    }

    fileprivate func write(to writer: inout FrozenWriter) {
        writer.write(counted: certificate.bytes)
        writer.write(Int64(FrozenReader.trusts.firstIndex(of: trust) ?? 0))
        for flag in [namesOwner, isRevoked, canEncrypt, isGiven] { writer.write(flag ? 1 : 0) }
        writer.write(expires)
        writer.write(seen.milliseconds)
        writer.write(asOf)
    }
}

extension FrozenWriter {
    fileprivate mutating func write(_ time: Timestamp?) {
        write(time == nil ? 0 : 1)
        if let time { write(time.milliseconds) }
    }
}

extension FrozenReader {
    fileprivate mutating func time() throws(SessionError) -> Timestamp? {
        try flag() ? Timestamp(milliseconds: try number()) : nil
    }
}

// Owns what can be said of a certificate from its packets alone, before GnuPG has seen it. It must not know whose it ought to be.

public import TernCore
internal import TernCrypto

/// Why something is not taken for somebody's certificate.
public enum CertificateRefusal: Error, Hashable, Sendable {
    /// It is no OpenPGP key.
    case noKey
    /// It holds a secret key, which has no place where everybody reads.
    case secret
    /// It holds several keys where one is meant.
    case several
    /// Its version is not spoken by GnuPG: 4 alone is.
    case version(UInt8)
    /// It is longer than any honest one.
    case tooLarge
    /// It has more packets than any honest one: somebody has flooded it with signatures.
    case flooded
    /// Its algorithm or its length counts for nothing, or is not known to GnuPG.
    case algorithm
    /// It is not the key that the place it was found in is named after.
    case fingerprint
    /// No user id of it that counts is the owner's.
    case userID
    /// Its owner has taken it back.
    case revoked
    /// Its time is over.
    case expired
    /// Nobody can encrypt to it.
    case noEncryption
}

/// A certificate: a public key with what its owner says of it.
public struct Certificate: Hashable, Sendable {
    /// Its packets.
    public let bytes: [UInt8]
    /// The fingerprint of its primary key.
    public let fingerprint: Fingerprint

    /// A certificate is at most this long: an RSA key with its newest self-signatures has two thousand bytes.
    public static let lengthLimit = 1 << 17
    /// And has at most so many packets.
    private static let mostPackets = 512

    /// Looks at what somebody has published, or given.
    /// - Throws: What is wrong with it.
    public init(_ bytes: [UInt8]) throws(CertificateRefusal) {
        guard bytes.count <= Certificate.lengthLimit else { throw .tooLarge }
        let packets: [Packet]
        do throws(SessionError) {
            packets = try Packet.all(in: bytes, most: Certificate.mostPackets)
        } catch .limitExceeded {
            throw .flooded
        } catch {
            throw .noKey
        }
        guard !packets.contains(where: { $0.kind == .secretKey || $0.kind == .secretSubkey }) else { throw .secret }
        guard let primary = packets.first, primary.kind == .publicKey else { throw .noKey }
        guard packets.filter({ $0.kind == .publicKey }).count == 1 else { throw .several }
        for packet in packets where packet.kind == .publicKey || packet.kind == .publicSubkey {
            try KeyPacket(bytes[packet.body]).check(isPrimary: packet.kind == .publicKey)
        }
        fingerprint = try KeyPacket(bytes[primary.body]).fingerprint()
        self.bytes = bytes
    }
}

/// The body of a packet with a public key (RFC 9580 §5.5.2).
private struct KeyPacket {
    private let body: ArraySlice<UInt8>

    init(_ body: ArraySlice<UInt8>) {
        self.body = body
    }

    /// Refuses other versions than 4 and weak algorithms. A subkey that GnuPG does not know is left to it: it is not used.
    func check(isPrimary: Bool) throws(CertificateRefusal) {
        guard let version = body.first else { throw .noKey }
        guard version == 4 else { throw .version(version) }
        guard body.count >= 8 else { throw .noKey }
        let algorithm = body[body.startIndex + 5]
        switch algorithm {
        // RSA, ElGamal and DSA begin with the number whose length counts
        case 1, 2, 3, 16, 17:
            let bits = Int(body[body.startIndex + 6]) << 8 | Int(body[body.startIndex + 7])
            guard bits >= 2047 else { throw .algorithm }
        case 18, 19, 22: break
        default: if isPrimary { throw .algorithm }
        }
    }

    /// Version 4 (RFC 9580 §5.5.4.2).
    func fingerprint() throws(CertificateRefusal) -> Fingerprint {
        guard body.count <= 0xffff else { throw .tooLarge }
        let head: [UInt8] = [0x99, UInt8(body.count >> 8), UInt8(body.count & 0xff)]
        let named = head + body
        guard let fingerprint = try? Fingerprint(SHA1.digest(named.span).array) else { throw .noKey }
        return fingerprint
    }
}

/// Whether bytes hold transferable secret keys, and of whom.
struct SecretKeyring {
    /// The fingerprints of their primary keys, in their order.
    let fingerprints: [Fingerprint]

    init(_ bytes: [UInt8]) throws(CertificateRefusal) {
        guard bytes.count <= Certificate.lengthLimit * 8 else { throw .tooLarge }
        let packets: [Packet]
        do throws(SessionError) { packets = try Packet.all(in: bytes, most: 8192) } catch { throw .noKey }
        guard packets.first?.kind == .secretKey else { throw .noKey }
        var found: [Fingerprint] = []
        for packet in packets where packet.kind == .secretKey {
            let body = bytes[packet.body]
            guard body.first == 4 else { throw .version(body.first ?? 0) }
            found.append(try SecretKeyring.publicPart(body).fingerprint())
        }
        fingerprints = found
    }

    /// The public key at the beginning of a secret key's packet: its length follows from the algorithm.
    private static func publicPart(_ body: ArraySlice<UInt8>) throws(CertificateRefusal) -> KeyPacket {
        guard body.count > 6 else { throw .noKey }
        var place = body.startIndex + 6
        let fields: [Field]
        switch body[body.startIndex + 5] {
        case 1, 2, 3: fields = [.number, .number]
        case 16: fields = [.number, .number, .number]
        case 17: fields = [.number, .number, .number, .number]
        case 18: fields = [.counted, .number, .counted]
        case 19, 22: fields = [.counted, .number]
        default: throw .algorithm
        }
        for field in fields {
            let size: Int
            switch field {
            case .number:
                guard place + 2 <= body.endIndex else { throw .noKey }
                size = 2 + (Int(body[place]) << 8 + Int(body[place + 1]) + 7) / 8
            case .counted:
                guard place < body.endIndex else { throw .noKey }
                size = 1 + Int(body[place])
            }
            guard body.endIndex - place >= size else { throw .noKey }
            place += size
        }
        return KeyPacket(body[body.startIndex..<place])
    }

    private enum Field { case number, counted }
}

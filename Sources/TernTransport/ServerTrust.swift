// Owns whose word a server's certificate needs, and what binds a login to it. It must not know what is said under TLS.

internal import NIOSSL
internal import TernCrypto
internal import TernXMPP

/// Who vouches for servers.
public enum ServerTrust: Hashable, Sendable {
    /// Whoever this machine trusts.
    case system
    /// The authorities in a file of PEM, and nobody else.
    case file(String)

    /// TLS as a client speaks it here: 1.2 at least, the certificate checked for the domain, not for the host that serves it.
    /// - Throws: ``TransportError/authorities``.
    func context(protocols: [String]) throws(TransportError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .fullVerification
        configuration.applicationProtocols = protocols
        do {
            if case .file(let path) = self {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path))
            }
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .authorities
        }
    }

    /// `tls-server-end-point` (RFC 5929 §4.1): the one kind that this TLS library gives its users. It is the certificate's digest, with the
    /// hash of its signature, and SHA-256 in place of MD5 and SHA-1.
    static func binding(to certificate: NIOSSLCertificate?) -> [ChannelBinding] {
        guard let bytes = try? certificate?.toDERBytes(), let hash = CertificateDigest.hash(of: bytes) else {
            return []
        }
        return [ChannelBinding(kind: "tls-server-end-point", data: hash.digest(bytes.span).exposed())]
    }
}

/// Finds with which hash a certificate was signed (RFC 5280 §4.1.1.2).
enum CertificateDigest {
    /// - Returns: Nothing for a signature with another hash than SHA-2's 256 and 512: then a login is not bound.
    static func hash(of certificate: [UInt8]) -> HashFunction? {
        // Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, … }, signature }
        guard let outer = contents(of: certificate[...], tag: 0x30), let signed = end(of: outer, tag: 0x30),
            let algorithm = contents(of: outer[signed...], tag: 0x30),
            let identifier = contents(of: algorithm, tag: 0x06)
        else { return nil }
        return algorithms[Array(identifier)]
    }

    private static let algorithms: [[UInt8]: HashFunction] = [
        [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x04]: .sha256,  // md5WithRSAEncryption
        [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x05]: .sha256,  // sha1WithRSAEncryption
        [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B]: .sha256,  // sha256WithRSAEncryption
        [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0D]: .sha512,  // sha512WithRSAEncryption
        [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x01]: .sha256,  // ecdsa-with-SHA1
        [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02]: .sha256,  // ecdsa-with-SHA256
        [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x04]: .sha512,  // ecdsa-with-SHA512
    ]

    private static func contents(of bytes: ArraySlice<UInt8>, tag: UInt8) -> ArraySlice<UInt8>? {
        range(of: bytes, tag: tag).map { bytes[$0] }
    }

    private static func end(of bytes: ArraySlice<UInt8>, tag: UInt8) -> Int? {
        range(of: bytes, tag: tag)?.upperBound
    }

    /// DER: a tag, a length in its shortest form, contents.
    private static func range(of bytes: ArraySlice<UInt8>, tag: UInt8) -> Range<Int>? {
        guard bytes.count >= 2, bytes[bytes.startIndex] == tag else { return nil }
        var place = bytes.startIndex + 1
        var length = Int(bytes[place])
        place += 1
        if length > 0x7F {
            let count = length & 0x7F
            guard (1...3).contains(count), bytes.endIndex - place >= count else { return nil }
            length = bytes[place..<(place + count)].reduce(0) { $0 << 8 | Int($1) }
            place += count
        }
        guard length <= bytes.endIndex - place else { return nil }
        return place..<(place + length)
    }
}

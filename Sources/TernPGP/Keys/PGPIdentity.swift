// Owns what an account's own OpenPGP key is made of. It must not know where it is kept, nor what is done with it.

public import TernCore
internal import TernCrypto

/// An account's own key.
public struct PGPIdentity: Sendable {
    /// The fingerprint of its primary key.
    public var fingerprint: Fingerprint { certificate.fingerprint }
    /// What others get of it.
    public let certificate: Certificate
    /// When it came here.
    public let created: Timestamp
    let source: Source

    /// Where its secret part is.
    enum Source: Sendable {
        /// Here: a transferable secret key without a passphrase of its own, and the files that GnuPG makes of it.
        case kept(KeptKey)
        /// In somebody's own GnuPG home, whose agent uses it and asks for its passphrase.
        case home(String)
    }

    /// The home that it lives in, where it is not kept here.
    public var home: String? {
        if case .home(let path) = source { path } else { nil }
    }

    /// The record of the store.
    func record() -> SecretBytes {
        var writer = FrozenWriter()
        writer.write(PGPIdentity.format)
        writer.write(created.milliseconds)
        writer.write(counted: certificate.bytes)
        switch source {
        case .home(let path):
            writer.write(1)
            writer.write(counted: Array(path.utf8))
            return SecretBytes(copying: writer.bytes)
        case .kept(let key):
            writer.write(0)
            return key.record(after: writer.bytes)
        }
    }

    init(certificate: Certificate, created: Timestamp, source: Source) {
        self.certificate = certificate
        self.created = created
        self.source = source
    }

    init(record: borrowing SecretBytes) throws(SessionError) {
        // what comes before the secret part is public
        let head = record.withSpan { span in (0..<min(span.count, PGPIdentity.longestHead)).map { span[$0] } }
        var reader = FrozenReader(head)
        let format = try reader.number(upTo: 1 << 16)
        guard format == PGPIdentity.format else { throw .store(.newer(version: Int(format))) }
        created = Timestamp(milliseconds: try reader.number())
        do {
            certificate = try Certificate(try reader.counted(Certificate.lengthLimit))
        } catch {
            throw .store(.damaged)
        }
        if try reader.flag() {
            source = .home(String(decoding: try reader.counted(4096), as: UTF8.self))
        } else {
            source = .kept(try KeptKey(record, from: reader.offset))
        }
    }

    private static let format: Int64 = 1
    private static let longestHead = Certificate.lengthLimit + 8192
}

/// A secret key, and the files that GnuPG has made of it: with them a home is there at once.
final class KeptKey: Sendable {
    let secret: SecretBytes
    let files: [File]

    /// A file of a home.
    final class File: Sendable {
        let name: String
        let bytes: SecretBytes

        init(_ name: String, _ bytes: consuming SecretBytes) {
            self.name = name
            self.bytes = bytes
        }
    }

    init(_ secret: consuming SecretBytes, _ files: [File]) {
        self.secret = secret
        self.files = files
    }

    /// `head`, and all of it behind that.
    func record(after head: [UInt8]) -> SecretBytes {
        let parts = files.map { (Array($0.name.utf8), $0.bytes.count) }
        let length =
            head.count + 16 + secret.count + parts.reduce(0) { $0 + 16 + $1.0.count + $1.1 }
        var record = SecretBytes(count: length)
        var place = 0
        KeptKey.put(head.span, &record, &place)
        secret.withSpan { KeptKey.put(counted: $0, &record, &place) }
        KeptKey.put(files.count, &record, &place)
        for file in files {
            let name = Array(file.name.utf8)
            KeptKey.put(counted: name.span, &record, &place)
            file.bytes.withSpan { KeptKey.put(counted: $0, &record, &place) }
        }
        return record
    }

    private static func put(_ bytes: Span<UInt8>, _ record: inout SecretBytes, _ place: inout Int) {
        record.write(bytes, at: place)
        place += bytes.count
    }

    private static func put(_ number: Int, _ record: inout SecretBytes, _ place: inout Int) {
        var writer = FrozenWriter()
        writer.write(Int64(number))
        let bytes = writer.bytes
        put(bytes.span, &record, &place)
    }

    private static func put(counted bytes: Span<UInt8>, _ record: inout SecretBytes, _ place: inout Int) {
        put(bytes.count, &record, &place)
        put(bytes, &record, &place)
    }

    init(_ record: borrowing SecretBytes, from start: Int) throws(SessionError) {
        var place = start
        func bytes(_ count: Int, _ record: borrowing SecretBytes) throws(SessionError) -> SecretBytes {
            guard count >= 0, record.count - place >= count else { throw .store(.damaged) }
            defer { place += count }
            return record.withSpan { SecretBytes(copying: $0.extracting(place..<(place + count))) }
        }
        func number(_ record: borrowing SecretBytes) throws(SessionError) -> Int {
            var reader = FrozenReader(try bytes(8, record).exposed())
            return Int(try reader.number(upTo: Int64(KeptKey.longest)))
        }
        secret = try bytes(try number(record), record)
        var files: [File] = []
        for _ in 0..<(try number(record)) {
            let name = String(decoding: try bytes(try number(record), record).exposed(), as: UTF8.self)
            guard KeptKey.isName(name) else { throw .store(.damaged) }
            files.append(File(name, try bytes(try number(record), record)))
        }
        guard place == record.count else { throw .store(.damaged) }
        self.files = files
    }

    /// `pubring.kbx` and `private-keys-v1.d/….key`: a name leads nowhere else.
    static func isName(_ name: String) -> Bool {
        guard name != "pubring.kbx" else { return true }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0] == "private-keys-v1.d" && parts[1].hasSuffix(".key")
            && parts[1].dropLast(4).allSatisfy(\.isHexDigit)
    }

    private static let longest = 1 << 22
}

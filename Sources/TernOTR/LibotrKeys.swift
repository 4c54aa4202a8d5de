// Owns libotr's file of private keys: which accounts it has keys of, and writing it as a program expects it. It must not know where
// it lies.

internal import COTR
internal import Glibc
public import TernCore
public import TernCrypto

extension LibotrFiles {
    /// A key and whose it is.
    public struct KeyEntry: Sendable {
        /// The account, as the program calls it.
        public let account: String
        /// What the program calls the network.
        public let network: String
        /// The key, under the account's own name; none for another network's account.
        public let key: OTRPrivateKey?
    }

    /// Reads a file of private keys.
    /// - Throws: ``TernCore/SessionError/malformed``, ``TernCore/SessionError/limitExceeded``.
    public static func keys(_ file: borrowing SecretBytes) throws(SessionError) -> [KeyEntry] {
        guard file.count <= longest else { throw .limitExceeded }
        let user = try UserState()
        let memory = try LibotrFile()
        try file.withSpan { (bytes) throws(SessionError) in try memory.write(bytes) }
        guard unsafe otrl_privkey_read_FILEp(user.raw, memory.stream) == 0 else { throw .malformed }
        var entries: [KeyEntry] = []
        var next = unsafe user.raw.pointee.privkey_root
        while let entry = unsafe next {
            defer { unsafe next = unsafe entry.pointee.next }
            guard let name = unsafe entry.pointee.accountname, let network = unsafe entry.pointee.protocol else {
                continue
            }
            let (account, place) = unsafe (String(cString: name), String(cString: network))
            var key: OTRPrivateKey?
            if let jid = LibotrFiles.account(account, on: place), let expression = unsafe entry.pointee.privkey {
                let text = unsafe try text(of: expression)
                key = try OTRPrivateKey(
                    of: jid, reading: try document([(jid.description, OTREngine.network, text)]))
            }
            entries.append(KeyEntry(account: account, network: place, key: key))
        }
        return entries
    }

    /// Writes a file of private keys.
    /// - Parameters:
    ///   - keys: The keys, and under which name the program has the account.
    ///   - network: What the program calls XMPP.
    public static func keys(
        _ keys: [(name: String, key: OTRPrivateKey)], network: String
    ) throws(SessionError) -> SecretBytes {
        var parts: [(String, String, SecretText)] = []
        for (name, key) in keys { parts.append((name, network, try key.expression())) }
        return try document(parts)
    }

    /// Text of a key, wiped when nobody has it any more.
    final class SecretText {
        let bytes: SecretBytes

        init(_ bytes: consuming SecretBytes) { self.bytes = bytes }
    }

    private static func document(_ parts: [(account: String, network: String, key: SecretText)]) throws(SessionError)
        -> SecretBytes
    {
        var pieces: [Piece] = [.text("(privkeys\n")]
        for part in parts {
            let head = " (account\n(name \(quoted(part.account)))\n(protocol \(quoted(part.network)))\n"
            pieces += [.text(head), .key(part.key), .text(" )\n")]
        }
        pieces.append(.text(")\n"))
        var bytes = SecretBytes(count: pieces.reduce(0) { $0 + $1.count })
        var place = 0
        for piece in pieces {
            switch piece {
            case .text(let text): bytes.write(Array(text.utf8).span, at: place)
            case .key(let key): key.bytes.withSpan { bytes.write($0, at: place) }
            }
            place += piece.count
        }
        return bytes
    }

    private enum Piece {
        case text(String)
        case key(SecretText)

        var count: Int {
            switch self {
            case .text(let text): text.utf8.count
            case .key(let key): key.bytes.count
            }
        }
    }

    /// A string as libgcrypt reads it.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for byte in text.utf8 {
            let isPlain = byte >= 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            quoted += isPlain ? String(UnicodeScalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return quoted + "\""
    }

    /// An expression as text.
    static func text(of expression: gcry_sexp_t) throws(SessionError) -> SecretText {
        let length = unsafe gcry_sexp_sprint(expression, Int32(GCRYSEXP_FMT_ADVANCED.rawValue), nil, 0)
        guard length > 0, length <= longest else { throw .backend(code: 0) }
        var bytes = SecretBytes(count: length)
        var span = bytes.mutableSpan
        let written = unsafe span.withUnsafeMutableBytes {
            unsafe gcry_sexp_sprint(expression, Int32(GCRYSEXP_FMT_ADVANCED.rawValue), $0.baseAddress, $0.count)
        }
        // without the zero that ends it
        guard written == length - 1 else { throw .backend(code: 0) }
        return SecretText(SecretBytes(copying: bytes.span.extracting(0..<written)))
    }
}

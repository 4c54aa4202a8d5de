// Owns accounts in files that lie in memory, as the command writes and reads them. It must not know what a test is about.

import TernArchive
import TernCore
import TernCrypto
import TernOMEMO

/// A file in memory.
struct FileBytes {
    static let passphrase = Array("correct horse".utf8)

    var bytes: [UInt8] = []

    /// Bytes of the header, and of a sealed piece.
    static let header = 94
    static let piece = 65_552

    /// Reads the file through and then takes the account, as the command does.
    func take(
        into store: MemoryStore, _ passphrase: [UInt8] = FileBytes.passphrase, at now: Timestamp = TestDevice.start
    ) throws -> ArchivedAccount {
        let header = try ArchiveHeader(from: source(0))
        let key = try header.key(passphrase.span)
        var first = try ArchiveReader(header, key.duplicate(), from: source(Self.header))
        let account = try first.account()
        try first.checkRest()
        try store.write { transaction throws(SessionError) in
            do throws(ArchiveError) {
                var reader = try ArchiveReader(header, key.duplicate(), from: source(Self.header))
                _ = try reader.account()
                try reader.restore(in: &transaction)
            } catch {
                throw .misuse
            }
            var upkeep = Upkeep()
            upkeep.preKeys = 5
            _ = try OMEMOMachine.arrive(
                account.jid, Passage(account.file, at: now), from: account.provenance, in: &transaction,
                upkeep: upkeep)
        }
        return account
    }

    /// Why nothing is taken, and that the store is as it was.
    func refusal(_ passphrase: [UInt8] = FileBytes.passphrase) -> (error: ArchiveError?, isUntouched: Bool) {
        let store = MemoryStore()
        do {
            _ = try take(into: store, passphrase)
            return (nil, store.image.isEmpty)
        } catch {
            return (error as? ArchiveError, store.image.isEmpty)
        }
    }

    func source(_ start: Int) -> (Int) throws(ArchiveError) -> [UInt8] {
        let rest = Rest(bytes[start...])
        return { count throws(ArchiveError) in
            defer { rest.bytes = rest.bytes.dropFirst(count) }
            return Array(rest.bytes.prefix(count))
        }
    }

    private final class Rest {
        var bytes: ArraySlice<UInt8>
        init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }
    }
}

/// Where a writer puts its pieces.
final class Pieces {
    var pieces: [[UInt8]] = []
    var file: FileBytes { FileBytes(bytes: pieces.flatMap { $0 }) }
}

extension MemoryStore {
    /// Writes an account to a file.
    func export(_ jid: BareJID, _ provenance: Provenance, at now: Timestamp = TestDevice.start) throws -> Pieces {
        let pieces = Pieces()
        var entropy = SystemEntropy()
        let account = ArchivedAccount(jid, file: entropy.bytes(16), from: provenance, made: now)
        try write { transaction throws(SessionError) in
            do throws(ArchiveError) {
                try ArchiveWriter.write(
                    account, transaction, without: OMEMOMachine.storeRows, passphrase: FileBytes.passphrase.span,
                    cost: .least, entropy: &entropy
                ) { piece throws(ArchiveError) in pieces.pieces.append(piece) }
            } catch {
                throw .misuse
            }
            guard provenance == .move else { return }
            try OMEMOMachine.depart(Passage(account.file, at: now), in: &transaction)
        }
        return pieces
    }
}

extension TestDevice {
    func export(_ provenance: Provenance) throws -> FileBytes {
        try store.export(jid, provenance).file
    }

    /// The device of a file in a store of its own.
    static func taking(_ file: FileBytes, at now: Timestamp = start) throws -> TestDevice {
        let store = MemoryStore()
        // numbers of addresses are others than where the file was made
        try store.write { transaction throws(StoreError) in
            _ = try transaction.addNumber(of: BareJID(reading: "somebody@example.org"))
        }
        return try TestDevice(try file.take(into: store, at: now).jid, in: store)
    }

    /// Why a draft is not encrypted.
    func silence(_ jid: BareJID, _ version: Version) throws -> [Node] {
        guard case .missing(let nodes) = try encrypt(Draft(.text("?"), to: [jid], versions: [version])) else {
            return []
        }
        return nodes
    }
}

extension BareJID {
    fileprivate init(reading text: String) throws(StoreError) {
        do throws(AddressError) { try self.init(text) } catch { throw .damaged }
    }
}

// A file is the one that was written, whole and in its order, or nothing of it is taken.

import TernArchive
import TernCore
import TernCrypto
import TernOMEMO
import Testing

@Suite struct AccountFileTests {
    let alice: TestDevice
    let bob: TestDevice

    init() throws {
        alice = try TestDevice("alice@example.org", 1)
        bob = try TestDevice("bob@example.org", 2)
        try alice.learn([bob])
        try bob.learn([alice])
        _ = try bob.decrypt(try alice.encrypt("hello", to: bob.jid), from: alice.jid)
    }

    /// A file of several pieces, the last of which is short.
    private func large() throws -> Pieces {
        let row = [UInt8](repeating: 7, count: 50_000)
        try alice.store.write { transaction throws(StoreError) in
            for number in 1...7 { try transaction.put(row.span, .inbox, RowKey(Int64(number), 1)) }
        }
        return try alice.store.export(alice.jid, .copy)
    }

    @Test func everyByteCounts() throws {
        let file = try alice.export(.copy)
        #expect(file.refusal().error == nil && !file.refusal().isUntouched)
        for place in file.bytes.indices {
            var changed = file
            changed.bytes[place] ^= 1 << UInt8(place % 8)
            let refusal = changed.refusal()
            #expect(refusal.isUntouched && refusal.error != nil, "\(place)")
            if place >= 15 { #expect(refusal.error == .unauthentic, "\(place)") }
        }
    }

    @Test func everyLengthCounts() throws {
        let file = try alice.export(.copy)
        for count in file.bytes.indices {
            let refusal = FileBytes(bytes: Array(file.bytes[..<count])).refusal()
            #expect(
                refusal.isUntouched && (refusal.error == .unauthentic || (count < 15 && refusal.error != nil)),
                "\(count)")
        }
        for count in [1, FileBytes.piece] {
            let refusal = FileBytes(bytes: file.bytes + [UInt8](repeating: 0, count: count)).refusal()
            #expect(refusal.isUntouched && refusal.error == .unauthentic)
        }
    }

    @Test func piecesAreAllThereAndInTheirOrder() throws {
        let pieces = try large().pieces
        // the header, and pieces that are full up to the last
        #expect(pieces.count > 5 && pieces[0].count == FileBytes.header)
        #expect(pieces[1..<pieces.count - 1].allSatisfy { $0.count == FileBytes.piece })
        #expect(FileBytes(bytes: pieces.flatMap { $0 }).refusal().error == nil)
        let body = Array(pieces.dropFirst())
        var orders: [[[UInt8]]] = []
        for place in body.indices {
            orders.append(Array(body[..<place]))
            orders.append(body.enumerated().filter { $0.offset != place }.map(\.element))
            orders.append(Array(body[...place] + body[place...]))
            var swapped = body
            swapped.swapAt(place, (place + 1) % body.count)
            orders.append(swapped)
            var changed = body
            changed[place][place] ^= 1
            orders.append(changed)
        }
        for (number, order) in orders.enumerated() {
            let refusal = FileBytes(bytes: pieces[0] + order.flatMap { $0 }).refusal()
            #expect(refusal.isUntouched && refusal.error == .unauthentic, "\(number)")
        }
        // pieces of another file under the same passphrase
        let other = try alice.store.export(alice.jid, .copy).pieces
        for place in 1..<min(pieces.count, other.count) {
            var mixed = pieces
            mixed[place] = other[place]
            #expect(FileBytes(bytes: mixed.flatMap { $0 }).refusal().error == .unauthentic)
        }
    }

    @Test func aFileIsReadPieceByPiece() throws {
        let file = try large().file
        let header = try ArchiveHeader(from: file.source(0))
        let whole = file.source(FileBytes.header)
        var consumed = 0
        let passphrase = FileBytes.passphrase
        let key = try header.key(passphrase.span)
        var reader = try ArchiveReader(header, key) { count throws(ArchiveError) in
            let piece = try whole(count)
            consumed += piece.count
            return piece
        }
        _ = try reader.account()
        var delivered = 0
        while let entry = try reader.next() {
            if case .row(_, _, _, let row) = consume entry { delivered += row.count }
            #expect(consumed - delivered <= 3 * FileBytes.piece)
        }
        #expect(delivered > 350_000)
    }

    @Test func wrongPassphrasesAndOtherFilesAreToldApart() throws {
        let file = try alice.export(.copy)
        #expect(file.refusal(Array("correct horsf".utf8)).error == .wrongPassphrase)
        #expect(FileBytes(bytes: []).refusal().error == .foreign)
        #expect(FileBytes(bytes: Array("age-encryption.org/v1\n".utf8)).refusal().error == .foreign)
        for (version, error) in [
            ("2", ArchiveError.newer(version: 2)), ("10", .newer(version: 10)), ("0", .unauthentic),
            ("x", .unauthentic),
        ] {
            let later = Array("tern-account/\(version)\n".utf8) + file.bytes.dropFirst(15)
            #expect(FileBytes(bytes: later).refusal().error == error)
        }
    }

    @Test func costsBeyondReasonAreRefused() throws {
        var file = try alice.export(.copy)
        // passes and memory, and the checksum that its author would have written
        for (place, byte) in [(15, UInt8(1)), (19, 0x40)] {
            var costly = file
            costly.bytes[place] = byte
            let sum = SHA256.digest(Array(costly.bytes[..<86]).span).array
            costly.bytes.replaceSubrange(86..<94, with: sum.prefix(8))
            #expect(costly.refusal().error == .limitExceeded)
        }
        // another salt is another key
        file.bytes[30] ^= 1
        file.bytes.replaceSubrange(86..<94, with: SHA256.digest(Array(file.bytes[..<86]).span).array.prefix(8))
        #expect(file.refusal().error == .wrongPassphrase)
    }

    /// Written by somebody who has the passphrase, and not a store's.
    @Test func rowsThatMakeNoSenseAreRefused() throws {
        let session = try #require(alice.store.image.keys.first { $0.table == .session })
        let changes: [(Table, RowKey, [UInt8]?)] = [
            (.chain, session.key, nil), (.session, session.key, nil), (.session, session.key, [1]),
            (.setting, RowKey(1), nil), (.setting, RowKey(2), nil), (.setting, RowKey(1), [9]),
            (.outbox, RowKey(1, 17), [1]), (.preKey, RowKey(2, 1), []),
        ]
        for (table, key, row) in changes {
            let store = alice.store.copy()
            try store.write { transaction throws(StoreError) in
                if let row { try transaction.put(row.span, table, key) } else { try transaction.remove(table, key) }
            }
            let file = try store.export(alice.jid, .copy).file
            let target = MemoryStore()
            #expect(throws: (any Error).self, "\(table) \(key)") { try file.take(into: target) }
            #expect(target.image.isEmpty)
        }
    }
}

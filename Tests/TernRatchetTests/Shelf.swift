// Owns a store as a database would be: two rows and a table of kept keys, written only as far as changes say.
// It must not look into a session for what it was not told.

import TernCrypto
import TernOMEMO
import TernRatchet

/// The stored half of one session.
struct Shelf {
    /// A kept key in its row. Rows stay in the order in which they were written.
    private struct Row {
        let place: Place
        let key: [UInt8]
    }

    /// The primary key of a row.
    private struct Place: Hashable {
        let ratchetKey: X25519PublicKey
        let index: UInt32
    }

    /// Two rows of one message, which a table with a primary key refuses.
    struct Collision: Error {}

    private var hot: [UInt8]
    private var cold: [UInt8]
    private var rows: [Row] = []
    private var places: Set<Place> = []
    private let local: [UInt8]

    /// What a session is stored as when it begins: it has no kept keys yet.
    init(_ session: borrowing DoubleRatchet) {
        hot = session.hotRecord().exposed()
        cold = session.coldRecord().exposed()
        local = session.parties.local
    }

    /// Writes what a step has changed.
    mutating func write(_ changes: RatchetChanges, of session: borrowing DoubleRatchet) throws {
        hot = session.hotRecord().exposed()
        if changes.cold { cold = session.coldRecord().exposed() }
        for range in changes.added {
            for index in range.indices {
                guard let key = session.skippedKey(range.ratchetKey, index) else { continue }
                let place = Place(ratchetKey: range.ratchetKey, index: index)
                guard places.insert(place).inserted else { throw Collision() }
                rows.append(Row(place: place, key: key.span.array))
            }
        }
        for range in (changes.used.map { [$0] } ?? []) + changes.evicted {
            for index in range.indices { places.remove(Place(ratchetKey: range.ratchetKey, index: index)) }
            rows.removeAll { range.indices.contains($0.place.index) && $0.place.ratchetKey == range.ratchetKey }
        }
    }

    /// The session as it comes back.
    func read() throws(RatchetError) -> DoubleRatchet {
        var session = try DoubleRatchet(
            hot: hot.span, cold: cold.span, local: local, suite: { TernRatchet.Suite.omemo(id: $0) })
        for run in runs {
            let end = run.first.index + UInt32(run.keys.count / 32)
            try session.restoreSkipped(
                SkippedRange(run.first.ratchetKey, run.first.index..<end), keys: run.keys.span)
        }
        return session
    }

    /// Rows of consecutive messages of one chain, put together.
    private var runs: [(first: Place, keys: [UInt8])] {
        var runs: [(first: Place, keys: [UInt8])] = []
        var due: Place?
        for row in rows {
            if row.place == due {
                runs[runs.count - 1].keys += row.key
            } else {
                runs.append((row.place, row.key))
            }
            due = Place(ratchetKey: row.place.ratchetKey, index: row.place.index + 1)
        }
        return runs
    }

    /// What comes back, in terms that do not depend on how kept keys lie in rows.
    func contents() throws -> Contents {
        let session = try read()
        return Contents(session)
    }

    /// A session's values.
    struct Contents: Equatable {
        let hot: [UInt8]
        let cold: [UInt8]
        let skipped: [RatchetInspection.Skipped]

        init(_ session: borrowing DoubleRatchet) {
            hot = session.hotRecord().exposed()
            cold = session.coldRecord().exposed()
            skipped = session.inspect().skipped
        }
    }
}

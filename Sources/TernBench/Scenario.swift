// Owns what a benchmark is: a name, a unit, and contestants that do the same work. It must not know how time is taken.

/// Work that is measured under one name by Tern and by what it is compared with.
public struct Scenario: Sendable {
    /// The stable name of the row.
    public let name: String
    /// One line on what an operation is.
    public let summary: String
    /// What is counted: `us/op` for time, `bytes` for memory.
    public let unit: Unit
    let contestants: [Contestant]

    /// What a row counts.
    public enum Unit: String, Sendable {
        /// Microseconds of processor time an operation.
        case microseconds = "us/op"
        /// Microseconds that pass in an operation, where other processes do the work.
        case elapsed = "us elapsed"
        /// Bytes of heap.
        case bytes = "bytes"
    }

    init(_ name: String, _ summary: String, unit: Unit = .microseconds, _ contestants: [Contestant]) {
        self.name = name
        self.summary = summary
        self.unit = unit
        self.contestants = contestants
    }
}

/// One side of a comparison.
struct Contestant: Sendable {
    /// `tern`, `floor`, or the name of a foreign implementation.
    let peer: String
    /// Operations in a batch: enough for some milliseconds.
    let batch: Int
    /// Makes a state of its own for each batch, unmeasured, and gives the work on it.
    let prepare: @Sendable (_ batch: Int) throws -> Workload

    init(_ peer: String, batch: Int, prepare: @escaping @Sendable (_ batch: Int) throws -> Workload) {
        self.peer = peer
        self.batch = batch
        self.prepare = prepare
    }
}

/// A prepared batch.
enum Workload {
    /// Runs the batch; the time it takes is the measurement.
    case timed(() throws -> Void)
    /// The measurement itself, for an operation.
    case counted(Double)
}

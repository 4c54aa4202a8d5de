// Owns what came of a case. It must not know how results are shown.

/// What came of a case.
public enum Outcome: Sendable, Equatable {
    case passed
    case failed(String)
    case skipped(String)
}

/// A case with what came of it.
public struct CaseResult: Sendable, Equatable {
    /// The file's path as it was found.
    public let file: String
    /// The file's name and the case's own id, `x25519_test.json#63`.
    public let id: String
    /// What was exercised.
    public let kind: CaseKind
    /// What came of it.
    public let outcome: Outcome

    init(file: VectorFile, id: String, kind: CaseKind, outcome: Outcome) {
        self.file = file.path
        self.id = file.name + "#" + id
        self.kind = kind
        self.outcome = outcome
    }

    /// The one result of a file that could not be read as what it should be.
    public init(fault: VectorFault) {
        file = fault.path
        id = VectorFile.name(of: fault.path)
        kind = .file
        outcome = .failed(fault.detail)
    }
}

/// Counts of a run. `cases` is the sum of the other three.
public struct RunSummary: Sendable, Equatable {
    /// Files that were looked at.
    public private(set) var files = 0
    /// Cases that gave what they should.
    public private(set) var passed = 0
    /// Cases that did not, and files that could not be read.
    public private(set) var failed = 0
    /// Cases that were not computed.
    public private(set) var skipped = 0

    /// All results.
    public var cases: Int { passed + failed + skipped }

    /// Nothing counted yet.
    public init() {}

    /// Counts a file.
    public mutating func countFile() { files += 1 }

    /// Counts a result.
    public mutating func count(_ outcome: Outcome) {
        switch outcome {
        case .passed: passed += 1
        case .failed: failed += 1
        case .skipped: skipped += 1
        }
    }
}

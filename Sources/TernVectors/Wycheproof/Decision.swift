// Owns what Tern does where Wycheproof allows either, as data beside the files. It must not know any algorithm.

internal import TernJSON

/// What Tern does with the cases of a file that Wycheproof calls acceptable and that have, and lack, certain flags.
public struct Decision: Sendable, Equatable {
    /// Flags that a case must have, all of them.
    public let has: [String]
    /// Flags that a case must not have.
    public let lacks: [String]
    /// The class of the refusal; nil where the case's result has to be computed.
    public let refusal: ErrorClass?
    /// Why.
    public let reason: String
    /// How many cases it decides: a file that changes under it fails the run.
    public let cases: Int

    /// Whether it speaks about a case with these flags.
    func covers(_ flags: [String]) -> Bool {
        has.allSatisfy(flags.contains) && !lacks.contains(where: flags.contains)
    }
}

/// `decisions.json` beside Wycheproof files: for each file, its decisions.
struct Decisions {
    static let fileName = "decisions.json"
    static let format = "tern-wycheproof-decisions/1"

    let decisions: [Decision]

    /// The decisions about the file at `path`; none where no ``fileName`` lies beside it.
    init(beside path: String) throws(FormatError) {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let place = path.contains("/") ? folder + "/" + Decisions.fileName : Decisions.fileName
        let document: JSONValue
        do throws(VectorFault) {
            document = try VectorFile.document(place)
        } catch {
            guard error.reason == .notFound else { throw FormatError(error.text) }
            decisions = []
            return
        }
        do throws(FormatError) {
            decisions = try Decisions.read(document, file: VectorFile.name(of: path))
        } catch {
            throw FormatError("\(place): \(error.message)")
        }
    }

    private static func read(_ document: JSONValue, file: String) throws(FormatError) -> [Decision] {
        var top = try Members(document, in: "the file")
        guard try top.string("format") == format else { throw FormatError("the format is not \(format)") }
        top.ignore("about")
        var files = try top.members("files")
        try top.finish()
        guard files.has(file) else { return [] }
        var decisions: [Decision] = []
        for (index, value) in try files.array(file).enumerated() {
            decisions.append(try readDecision(Members(value, in: "\(file)[\(index)]")))
        }
        return decisions
    }

    private static func readDecision(_ members: Members) throws(FormatError) -> Decision {
        var members = members
        let has = try members.strings("has")
        let lacks = try members.strings("lacks")
        var refusal: ErrorClass?
        switch try members.string("action") {
        case "accept": break
        case "refuse":
            let name = try members.string("error")
            refusal = ErrorClass(rawValue: name)
            if refusal == nil { throw members.failure("has an unknown error class '\(name)'") }
        default: throw members.wrongType("action", "'accept' or 'refuse'")
        }
        let reason = try members.string("reason")
        let cases = try members.integer("cases")
        try members.finish()
        guard !has.isEmpty else { throw members.failure("names no flag") }
        return Decision(has: has, lacks: lacks, refusal: refusal, reason: reason, cases: cases)
    }

    /// The one decision about an acceptable case.
    func decision(for flags: [String]) throws(FormatError) -> Decision {
        let fitting = decisions.filter { $0.covers(flags) }
        let named = flags.joined(separator: ", ")
        guard let decision = fitting.first else {
            throw FormatError("is acceptable (\(named)), and no decision says what to do")
        }
        guard fitting.count == 1 else {
            throw FormatError("is acceptable (\(named)), and \(fitting.count) decisions fit")
        }
        return decision
    }

    /// Checks that each decision decides as many cases as it says.
    func check(_ cases: [VectorCase]) throws(FormatError) {
        for decision in decisions {
            let count = cases.count { $0.decision == decision }
            guard count == decision.cases else {
                let flags = decision.has.joined(separator: ", ")
                throw FormatError("the decision on \(flags) is for \(decision.cases) cases and decides \(count)")
            }
        }
    }
}

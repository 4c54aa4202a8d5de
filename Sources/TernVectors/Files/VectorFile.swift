// Owns a vector file that was read: where it comes from, its cases, and running them. It must not know formats' details.

internal import TernInput
internal import TernJSON

/// A file of test vectors.
public struct VectorFile: Sendable {
    /// Where its content comes from.
    public struct Origin: Sendable, Equatable {
        /// What is tested: the specification.
        public let spec: String
        /// Who wrote the cases.
        public let source: String
        /// What made the file, where known.
        public let generator: String?
        /// The licence, where known.
        public let licence: String?
    }

    enum Body: Sendable {
        /// Cases that know nothing of each other.
        case independent([VectorCase])
        /// Events of which each follows from those before.
        case transcript(Transcript)
        /// One message for several devices.
        case fanout(Fanout)
    }

    /// The path as it was given or found.
    public let path: String
    /// The format.
    public let format: VectorFormat
    /// Where the content comes from.
    public let origin: Origin
    /// The cases, in order.
    public let cases: [VectorCase]
    private let body: Body

    /// Its last path component.
    public var name: String { VectorFile.name(of: path) }

    static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// Reads a file in any of the formats.
    /// - Throws: ``VectorFault`` for a file that cannot be read, is none of the formats, or breaks its format's rules.
    public init(readingFrom path: String) throws(VectorFault) {
        let document = try VectorFile.document(path)
        guard let format = VectorFormat(of: document) else {
            throw VectorFault(.notVectors, path, "JSON, but of no vector format")
        }
        do throws(FormatError) {
            let content = try VectorFile.content(of: document, format, path)
            try self.init(path: path, format: format, content: content)
        } catch {
            throw VectorFault(.invalid, path, error.message)
        }
        let iterations = cases.reduce(0) { $0 + $1.iterations }
        guard iterations <= AgreementKinds.maximumIterations else {
            throw VectorFault(
                .tooLarge, path,
                "its cases ask for \(iterations) iterations together, more than \(AgreementKinds.maximumIterations)")
        }
    }

    /// The most bytes that are read: fifty times the largest vector file there is.
    public static let sizeLimit = 16 << 20

    static func document(_ path: String) throws(VectorFault) -> JSONValue {
        let bytes: [UInt8]
        do throws(InputError) {
            bytes = try InputStream(path).readAll(limit: sizeLimit)
        } catch {
            throw VectorFault(error)
        }
        do throws(JSONError) {
            return try JSONReader.read(bytes)
        } catch {
            throw VectorFault(error.reason.isLimit ? .tooLarge : .notJSON, path, error.text)
        }
    }

    private static func content(
        of document: JSONValue, _ format: VectorFormat, _ path: String
    ) throws(FormatError) -> FormatContent {
        switch format {
        case .own: try OwnFormat.read(document)
        case .wycheproof: try WycheproofFormat.read(document, path: path)
        case .transcript: try TranscriptFormat.read(document)
        case .fanout: try FanoutFormat.read(document)
        }
    }

    private init(path: String, format: VectorFormat, content: FormatContent) throws(FormatError) {
        self.path = path
        self.format = format
        origin = content.origin
        body = content.body
        cases =
            switch content.body {
            case .independent(let cases): cases
            case .transcript(let transcript): transcript.cases
            case .fanout(let fanout): fanout.cases
            }
        guard !cases.isEmpty else { throw FormatError("the file has no cases") }
        var ids: Set<String> = []
        for one in cases where !ids.insert(one.id).inserted { throw FormatError("two cases have the id '\(one.id)'") }
    }

    /// Runs the cases in order and reports each.
    public func run(_ report: (CaseResult) -> Void) {
        switch body {
        case .independent(let cases):
            for one in cases { report(CaseResult(file: self, id: one.id, kind: one.kind, outcome: one.run())) }
        case .transcript(let transcript):
            transcript.run { report(CaseResult(file: self, id: $0.id, kind: $0.kind, outcome: $1)) }
        case .fanout(let fanout):
            fanout.run { report(CaseResult(file: self, id: $0.id, kind: $0.kind, outcome: $1)) }
        }
    }
}

extension VectorFile {
    /// The decisions that its cases rest on, in the order in which they are first needed.
    public var decisions: [Decision] {
        var found: [Decision] = []
        for decision in cases.compactMap(\.decision) where !found.contains(decision) { found.append(decision) }
        return found
    }
}

// Owns writing a scripted exchange with every private key, so that others can test against it. It must not know where it is
// written to.

internal import TernCrypto
internal import TernJSON
internal import TernOMEMO

/// A recording of Tern: a function of version, script and seed, byte for byte.
public struct Recording: Sendable {
    /// What happens.
    public enum Script: Sendable {
        /// Two devices talk: `tern-omemo-transcript/1`.
        case conversation
        /// One message goes to several devices: `tern-omemo-fanout/1`.
        case fanout
    }

    /// The versions of OMEMO, by their numbers.
    public enum Edition: String, Sendable, CaseIterable {
        case omemo03 = "0.3"
        case omemo2 = "2"

        var version: Version { self == .omemo03 ? .v03 : .v2 }
    }

    /// What could not be recorded.
    public struct Failure: Error {
        /// Why, in words.
        public let message: String
    }

    private let document: JSONValue

    /// The document, a line a value.
    public var text: String { document.indentedText + "\n" }
    /// The document on one line.
    public var line: String { document.text + "\n" }

    /// Records.
    /// - Parameter producer: The version of the program that the file says wrote it.
    /// - Throws: ``Failure`` where what was recorded does not run: a fault of the program.
    public init(_ script: Script, _ edition: Edition, seed: UInt64, producer: String) throws(Failure) {
        let origin: JSONValue = ["tern": .string(producer), "seed": .string(String(seed))]
        do throws(ReplayError) {
            let entropy = Recording.entropy(seed)
            document =
                switch script {
                case .conversation: try ConversationRecorder.record(edition.version, origin, entropy)
                case .fanout: try FanoutRecorder.record(edition.version, origin, entropy)
                }
            try Recording.check(document, script)
        } catch {
            throw Failure(message: error.message)
        }
    }

    /// The seed in the order of its digits, the rest zero.
    private static func entropy(_ seed: UInt64) -> SeededEntropy {
        var bytes = FixedBytes<32>()
        for place in 0..<8 { bytes.storage[place] = UInt8(truncatingIfNeeded: seed >> (56 - 8 * UInt64(place))) }
        return SeededEntropy(seed: bytes)
    }

    /// Whoever reads the file runs it like this, through the ratchet and through the engine.
    private static func check(_ document: JSONValue, _ script: Script) throws(ReplayError) {
        let content: FormatContent
        do throws(FormatError) {
            switch script {
            case .conversation: content = try TranscriptFormat.read(document)
            case .fanout: content = try FanoutFormat.read(document)
            }
        } catch {
            throw ReplayError(error.message)
        }
        var failure: ReplayError?
        let report = { (subject: VectorCase, outcome: Outcome) in
            if case .failed(let reason) = outcome, failure == nil {
                failure = ReplayError("case \(subject.id): \(reason)")
            }
        }
        switch content.body {
        case .transcript(let transcript): transcript.run(report)
        case .fanout(let fanout): fanout.run(report)
        case .independent: break
        }
        if let failure { throw failure }
    }
}

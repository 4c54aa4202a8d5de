// Owns a case as every format is read into: what goes in, and what has to come out. It must not know its file's format.

/// One test: inputs, and an expected output or refusal.
public struct VectorCase: Sendable {
    /// Unique in its file.
    public let id: String
    /// What is exercised.
    public let kind: CaseKind
    /// What its author says about it.
    public let comment: String
    /// What goes in.
    public let inputs: [CaseValue]
    /// What has to come out.
    public let expectation: Expectation
    /// Why Tern does what it does, where the source allows either.
    public let decision: Decision?
}

/// What has to come out of a case.
public enum Expectation: Sendable, Equatable {
    /// These values.
    case outputs([CaseValue])
    /// A refusal of this class.
    case refusal(ErrorClass)
}

/// A named input or output.
public struct CaseValue: Sendable, Equatable {
    /// The value itself.
    public enum Content: Sendable, Equatable {
        case bytes([UInt8])
        case number(Int)
        case flag(Bool)
        case text(String)
    }

    /// The name that its kind gives it.
    public let name: String
    /// The value.
    public let content: Content

    /// The value as a person reads it: bytes in hexadecimal.
    public var text: String {
        switch content {
        case .bytes(let bytes): Hex.text(of: bytes)
        case .number(let number): String(number)
        case .flag(let flag): flag ? "true" : "false"
        case .text(let text): text
        }
    }

    static func bytes(_ name: String, _ bytes: [UInt8]) -> CaseValue { CaseValue(name: name, content: .bytes(bytes)) }
    static func number(_ name: String, _ number: Int) -> CaseValue { CaseValue(name: name, content: .number(number)) }
    static func flag(_ name: String, _ flag: Bool) -> CaseValue { CaseValue(name: name, content: .flag(flag)) }
    static func text(_ name: String, _ text: String) -> CaseValue { CaseValue(name: name, content: .text(text)) }
}

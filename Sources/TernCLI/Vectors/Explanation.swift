// Owns how a case and a file are explained, to a person or a program.

internal import TernJSON
internal import TernVectors

/// Explanations.
struct Explanation {
    private let console: Console

    init(_ console: Console) {
        self.console = console
    }

    /// A case: what it tests, what goes in, what has to come out, what Tern does and why.
    func print(_ subject: VectorCase, of file: VectorFile, _ outcome: Outcome) {
        let id = file.name + "#" + subject.id
        guard !console.json else {
            console.print(object(subject, of: file, id, outcome))
            return
        }
        line("case", id)
        line("file", file.path)
        line("spec", file.origin.spec)
        line("source", file.origin.source)
        line("kind", subject.kind.rawValue)
        line("comment", subject.comment)
        for input in subject.inputs { line("input", "\(input.name) = \(input.text.isEmpty ? "(empty)" : input.text)") }
        line("expected", VectorCase.describe(subject.expectation))
        line("tern", subject.kind.procedure)
        if let decision = subject.decision {
            line("decision", "\(decision.refusal == nil ? "accept" : "refuse"): \(decision.reason)")
        }
        switch outcome {
        case .passed: line("result", "passed")
        case .failed(let reason): line("result", "failed: \(reason)")
        case .skipped(let reason): line("result", "skipped: \(reason)")
        }
    }

    private func object(_ subject: VectorCase, of file: VectorFile, _ id: String, _ outcome: Outcome) -> JSONValue {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "explanation"
        object["file"] = .string(file.path)
        object["id"] = .string(id)
        object["kind"] = .string(subject.kind.rawValue)
        object["spec"] = .string(file.origin.spec)
        object["source"] = .string(file.origin.source)
        object["comment"] = .string(subject.comment)
        object["inputs"] = Explanation.object(of: subject.inputs)
        switch subject.expectation {
        case .outputs(let values): object["expected"] = Explanation.object(of: values)
        case .refusal(let refusal): object["error"] = .string(refusal.rawValue)
        }
        object["procedure"] = .string(subject.kind.procedure)
        if let decision = subject.decision {
            object["decision"] = [
                "action": decision.refusal == nil ? "accept" : "refuse", "reason": .string(decision.reason),
            ]
        }
        switch outcome {
        case .passed: object["result"] = "passed"
        case .failed(let reason):
            object["result"] = "failed"
            object["reason"] = .string(reason)
        case .skipped(let reason):
            object["result"] = "skipped"
            object["reason"] = .string(reason)
        }
        return .object(object)
    }

    private static func object(of values: [CaseValue]) -> JSONValue {
        .object(JSONObject(values.map { .init(name: $0.name, value: json($0.content)) }))
    }

    private static func json(_ content: CaseValue.Content) -> JSONValue {
        switch content {
        case .bytes(let bytes): .string(Hex.text(of: bytes))
        case .number(let number): .number(String(number))
        case .flag(let flag): .boolean(flag)
        case .text(let text): .string(text)
        }
    }

    /// A file: where it comes from, how many cases of which kind it has, what is decided about them, what is compared.
    func print(_ file: VectorFile) {
        let kinds = CaseKind.allCases.map { kind in (kind, file.cases.count { $0.kind == kind }) }.filter { $0.1 > 0 }
        guard !console.json else {
            var object = JSONObject()
            object["v"] = 1
            object["type"] = "fileExplanation"
            object["file"] = .string(file.path)
            object["format"] = .string(file.format.rawValue)
            object["spec"] = .string(file.origin.spec)
            object["source"] = .string(file.origin.source)
            object["cases"] = .number(String(file.cases.count))
            object["scope"] = .string(file.format.scope)
            object["kinds"] = .object(
                JSONObject(kinds.map { .init(name: $0.0.rawValue, value: .number(String($0.1))) }))
            object["decisions"] = .array(
                file.decisions.map { decision in
                    [
                        "action": decision.refusal == nil ? "accept" : "refuse",
                        "has": .array(decision.has.map { .string($0) }),
                        "lacks": .array(decision.lacks.map { .string($0) }),
                        "cases": .number(String(decision.cases)), "reason": .string(decision.reason),
                    ]
                })
            console.print(.object(object))
            return
        }
        line("file", file.path)
        line("format", file.format.rawValue)
        line("spec", file.origin.spec)
        line("source", file.origin.source)
        if let generator = file.origin.generator { line("generator", generator) }
        if let licence = file.origin.licence { line("licence", licence) }
        line("scope", file.format.scope)
        for (kind, count) in kinds { line("kind", "\(kind.rawValue), \(counted(count, "case")): \(kind.procedure)") }
        for decision in file.decisions {
            let flags = (decision.has + decision.lacks.map { "not " + $0 }).joined(separator: ", ")
            line(
                "decision",
                "\(decision.refusal == nil ? "accept" : "refuse") \(counted(decision.cases, "case")) (\(flags)): \(decision.reason)"
            )
        }
    }

    private func line(_ name: String, _ text: String) {
        console.print(name + String(repeating: " ", count: max(1, 10 - name.count)) + safe(text))
    }
}

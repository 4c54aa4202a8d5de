// Owns a case's inputs by name. Readers have checked that every name is there, with its type.

/// The inputs of a case.
struct CaseInputs {
    let values: [CaseValue]

    func bytes(_ name: String) throws(CaseFailure) -> [UInt8] {
        guard case .bytes(let bytes) = try content(name) else { throw .broken("'\(name)' is not bytes") }
        return bytes
    }

    func number(_ name: String) throws(CaseFailure) -> Int {
        guard case .number(let number) = try content(name) else { throw .broken("'\(name)' is no number") }
        return number
    }

    func flag(_ name: String) throws(CaseFailure) -> Bool {
        guard case .flag(let flag) = try content(name) else { throw .broken("'\(name)' is no flag") }
        return flag
    }

    private func content(_ name: String) throws(CaseFailure) -> CaseValue.Content {
        guard let value = values.first(where: { $0.name == name }) else { throw .broken("there is no '\(name)'") }
        return value.content
    }
}

// Owns changing one place of a JSON document.

import TernJSON

/// A step into a document.
enum Step: Hashable, CustomStringConvertible {
    case name(String)
    case index(Int)

    var description: String {
        switch self {
        case .name(let name): "." + name
        case .index(let index): "[\(index)]"
        }
    }
}

extension JSONValue {
    /// The document with the value at a place replaced.
    func replacing(_ path: ArraySlice<Step>, with change: (JSONValue) -> JSONValue) -> JSONValue {
        guard let step = path.first else { return change(self) }
        switch (self, step) {
        case (.object(var object), .name(let name)):
            object[name] = (object[name] ?? .null).replacing(path.dropFirst(), with: change)
            return .object(object)
        case (.array(var elements), .index(let index)) where elements.indices.contains(index):
            elements[index] = elements[index].replacing(path.dropFirst(), with: change)
            return .array(elements)
        default: return self
        }
    }

    func replacing(_ path: [Step], with value: JSONValue) -> JSONValue {
        replacing(path[...]) { _ in value }
    }

    /// The places of all values that are no containers.
    var leaves: [[Step]] {
        switch self {
        case .object(let object): object.members.flatMap { one in one.value.leaves.map { [.name(one.name)] + $0 } }
        case .array(let elements):
            elements.enumerated().flatMap { index, one in one.leaves.map { [.index(index)] + $0 } }
        default: [[]]
        }
    }

    func value(at path: ArraySlice<Step>) -> JSONValue? {
        guard let step = path.first else { return self }
        switch step {
        case .name(let name): return object?[name]?.value(at: path.dropFirst())
        case .index(let index): return array?[index].value(at: path.dropFirst())
        }
    }
}

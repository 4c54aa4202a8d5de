// Owns the members of a JSON object, in order. It must not know what their names mean.

/// The members of a JSON object. Names are unique: ``JSONReader`` refuses a document that repeats one.
public struct JSONObject: Sendable, Equatable {
    /// A name and its value.
    public struct Member: Sendable, Equatable {
        /// The name.
        public let name: String
        /// The value.
        public let value: JSONValue

        /// Pairs a name with a value.
        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// In the order in which they were written.
    public private(set) var members: [Member]

    /// Takes members whose names differ.
    public init(_ members: [Member] = []) {
        self.members = members
    }

    /// The names, in order.
    public var names: [String] { members.map(\.name) }

    /// The value of a name. Objects of the formats read here are small, so a search is as fast as a table. Setting a
    /// new name appends, and setting nil removes.
    public subscript(name: String) -> JSONValue? {
        get { members.first { $0.name == name }?.value }
        set {
            let index = members.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): members[index] = Member(name: name, value: value)
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }
}

// Owns the members of a JSON object, in order. It must not know what their names mean.

/// The members of a JSON object. Names are unique: ``JSONReader`` refuses a document that repeats one.
public struct JSONObject: Sendable {
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
    /// Where each name stands, for objects in which a search would take too long.
    private var places: [String: Int]?

    /// Up to here a search is as fast as a table.
    private static let searched = 16

    /// Takes members whose names differ.
    public init(_ members: [Member] = []) {
        self.members = members
        places = JSONObject.places(of: members)
    }

    /// The names, in order.
    public var names: [String] { members.map(\.name) }

    /// The value of a name. Setting a new name appends, and setting nil removes.
    public subscript(name: String) -> JSONValue? {
        get { place(of: name).map { members[$0].value } }
        set {
            switch (place(of: name), newValue) {
            case (let place?, let value?): members[place] = Member(name: name, value: value)
            case (let place?, nil):
                members.remove(at: place)
                places = JSONObject.places(of: members)
            case (nil, let value?):
                members.append(Member(name: name, value: value))
                if places != nil {
                    places?[name] = members.count - 1
                } else {
                    places = JSONObject.places(of: members)
                }
            case (nil, nil): break
            }
        }
    }

    private func place(of name: String) -> Int? {
        if let places { return places[name] }
        return members.firstIndex { $0.name == name }
    }

    private static func places(of members: [Member]) -> [String: Int]? {
        guard members.count > searched else { return nil }
        return Dictionary(members.indices.map { (members[$0].name, $0) }) { first, _ in first }
    }
}

extension JSONObject: Equatable {
    /// Whether the members are the same, in the same order.
    public static func == (one: JSONObject, other: JSONObject) -> Bool { one.members == other.members }
}

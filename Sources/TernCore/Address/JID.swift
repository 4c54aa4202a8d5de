// Owns the address of an account, a room or one of their resources. A value that exists is valid.

/// `local@domain/resource`; the local part and the resource may be missing (RFC 7622).
public struct JID: Hashable, Sendable {
    /// Without the resource.
    public let bare: BareJID
    /// Which of the account's connections, or which occupant of a room.
    public let resource: String?

    /// Parses `text`.
    /// - Throws: ``AddressError``.
    public init(_ text: String) throws(AddressError) {
        // The first slash ends the bare address: a resource may contain slashes and at-signs.
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        let bare = try BareJID(parts.first.map { String(Substring($0)) } ?? "")
        try self.init(bare, resource: parts.count == 2 ? String(Substring(parts[1])) : nil)
    }

    /// Checks the resource, whose case counts.
    /// - Throws: ``AddressError``.
    public init(_ bare: BareJID, resource: String?) throws(AddressError) {
        if let resource {
            guard AddressPart.fits(resource) else { throw .badLength(.resource) }
            guard AddressPart.isResource(resource) else { throw .badCharacter(.resource) }
        }
        self.bare = bare
        self.resource = resource
    }

    /// The address without a resource.
    public init(_ bare: BareJID) {
        self.bare = bare
        resource = nil
    }
}

extension JID: CustomStringConvertible {
    /// The address as it is written.
    public var description: String {
        resource.map { "\(bare)/\($0)" } ?? bare.description
    }
}

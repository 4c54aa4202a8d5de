// Owns the address of an account or a room, and of nothing more precise. A value that exists is valid.
// It must not know about resources.

/// `local@domain`, or `domain` alone (RFC 7622).
///
/// Letters are folded to lower case, a final dot of the domain is dropped, and what every profile forbids is refused.
/// Addresses are equal byte by byte. A full PRECIS profile would also map widths, normalise to NFC, check the rule for
/// right-to-left text and the classes of unassigned characters, and treat the domain as IDNA 2008 does: until then two
/// spellings of an address outside ASCII are two addresses, which withholds a match and never invents one.
public struct BareJID: Hashable, Sendable, Comparable {
    /// The part before the `@`; an account has one, a server has not.
    public let local: String?
    /// The server's name.
    public let domain: String

    /// Parses `text`, which must not have a resource.
    /// - Throws: ``AddressError``.
    public init(_ text: String) throws(AddressError) {
        guard !text.utf8.contains(UInt8(ascii: "/")) else { throw .unexpectedResource }
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            try self.init(local: String(parts[0]), domain: String(parts[1]))
        } else {
            try self.init(local: nil, domain: text)
        }
    }

    /// Checks and folds the parts.
    /// - Throws: ``AddressError``.
    public init(local: String?, domain: String) throws(AddressError) {
        var domain = domain.folded
        if domain.utf8.last == UInt8(ascii: ".") { domain.removeLast() }
        guard AddressPart.fits(domain) else { throw .badLength(.domain) }
        guard AddressPart.isDomain(domain) else { throw .badCharacter(.domain) }
        self.domain = domain
        guard let folded = local?.folded else {
            self.local = nil
            return
        }
        guard AddressPart.fits(folded) else { throw .badLength(.local) }
        guard AddressPart.isLocal(folded) else { throw .badCharacter(.local) }
        self.local = folded
    }

    // Not as texts are equal, for which two ways to write an accent are one: rows are found by the bytes.

    /// Whether two addresses are the same bytes.
    public static func == (left: BareJID, right: BareJID) -> Bool {
        left.domain.utf8.elementsEqual(right.domain.utf8)
            && (left.local ?? "").utf8.elementsEqual((right.local ?? "").utf8)
    }

    /// What equal addresses have in common.
    public func hash(into hasher: inout Hasher) {
        hash(domain, &hasher)
        hash(local ?? "", &hasher)
    }

    private func hash(_ text: String, _ hasher: inout Hasher) {
        var text = text
        text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8(0xff))
    }

    /// By domain, then by local part.
    public static func < (left: BareJID, right: BareJID) -> Bool {
        guard left.domain.utf8.elementsEqual(right.domain.utf8) else {
            return left.domain.utf8.lexicographicallyPrecedes(right.domain.utf8)
        }
        return (left.local ?? "").utf8.lexicographicallyPrecedes((right.local ?? "").utf8)
    }
}

extension BareJID: CustomStringConvertible {
    /// The address as it is written.
    public var description: String {
        local.map { $0 + "@" + domain } ?? domain
    }
}

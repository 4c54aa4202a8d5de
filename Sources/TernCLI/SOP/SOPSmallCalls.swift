// Owns the sub-commands that need no key.

internal import ArgumentParser
internal import TernCore
internal import TernPGP

struct SOPVersion: SOPCall {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Say which program this is.")

    @Flag(help: "And on what it stands.")
    var extended = false

    @Flag(help: "On what it stands.")
    var backend = false

    @Flag(help: "Which version of the interface it follows.")
    var sopSpec = false

    @Flag(help: "Which version of the interface's part for checking it has in full.")
    var sopv = false

    func perform(_ desk: SOPDesk) throws(SOPFailure) {
        guard [extended, backend, sopSpec, sopv].filter({ $0 }).count <= 1 else {
            throw SOPFailure(.incompatibleOptions, "one of them at a time")
        }
        let program = "tern \(ProgramVersion.number)"
        let below = "gpgme \(GPGME.version ?? "missing")"
        let text =
            backend
            ? below
            : sopSpec
                ? "draft-dkg-openpgp-stateless-cli-10" : sopv ? "1.0" : extended ? "\(program)\n\(below)" : program
        try desk.print(Array((text + "\n").utf8))
    }
}

struct SOPListProfiles: SOPCall {
    static let configuration = CommandConfiguration(
        commandName: "list-profiles", abstract: "Name the profiles of a sub-command.")

    @Argument(help: "The sub-command.")
    var subcommand: String

    func perform(_ desk: SOPDesk) throws(SOPFailure) {
        switch subcommand {
        case "generate-key": try desk.print(Array("rfc4880: Ed25519 and Curve25519, version 4\n".utf8))
        case "encrypt": try desk.print(Array("rfc4880: AES-256 with a code against changes\n".utf8))
        default: throw SOPFailure(.unsupportedProfile, "'\(subcommand)' has no profiles")
        }
    }

    /// Refuses a profile that there is not.
    static func check(_ profile: String?) throws(SOPFailure) {
        guard let profile, !["rfc4880", "default", "compatibility"].contains(profile) else { return }
        throw SOPFailure(.unsupportedProfile, "'\(profile)' is no profile: there is rfc4880 alone")
    }
}

struct SOPArmor: SOPCall {
    static let configuration = CommandConfiguration(commandName: "armor", abstract: "Put armor around OpenPGP data.")

    @Option(help: ArgumentHelp("What it is: auto, sig, key, cert or message.", valueName: "label"))
    var label = "auto"

    func perform(_ desk: SOPDesk) throws(SOPFailure) {
        let bytes = try desk.standardInput()
        guard !Armor.isThere(around: bytes), !SignedMessage.isClear(bytes) else { return try desk.print(bytes) }
        guard let found = Armor.label(of: bytes) else { throw SOPFailure(.badData, "this is no OpenPGP data") }
        let chosen: Armor.Label
        switch label {
        case "auto": chosen = found
        case "sig": chosen = .signature
        case "key": chosen = .secretKey
        case "cert": chosen = .publicKey
        case "message": chosen = .message
        default: throw SOPFailure(.unsupportedOption, "'\(label)' is no label")
        }
        try desk.print(Array(Armor.block(bytes, chosen).utf8))
    }
}

struct SOPDearmor: SOPCall {
    static let configuration = CommandConfiguration(commandName: "dearmor", abstract: "Take armor off OpenPGP data.")

    func perform(_ desk: SOPDesk) throws(SOPFailure) {
        let bytes = try desk.standardInput()
        guard Armor.isThere(around: bytes) else {
            guard Armor.label(of: bytes) != nil else { throw SOPFailure(.badData, "this is no OpenPGP data") }
            return try desk.print(bytes)
        }
        try desk.print(try SOPKeys.unarmored(bytes, "standard input"))
    }
}

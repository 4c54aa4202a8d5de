// Owns how the addresses that carry keys are told to people and programs. It must not know how they are spelled.

internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernStore

/// The addresses that carry the verified keys of an account.
struct URIReport {
    private let jid: BareJID
    /// In each spelling that there is something to say in.
    let uris: [VerificationURI]

    init(_ jid: BareJID, _ account: Account<AccountStore>) async throws(CommandFailure) {
        self.jid = jid
        do throws(SessionError) {
            uris = try await account.verificationURIs(of: jid)
        } catch {
            throw CommandFailure(error)
        }
        guard !uris.isEmpty else {
            throw CommandFailure(
                .missingMaterial, "no key of \(jid) is verified",
                hint: "only keys that were compared are handed on: tern contact verify")
        }
    }

    /// Prints them.
    func print(_ console: Console) {
        guard console.json else { return uris.forEach { console.print($0.text) } }
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "uri"
        object["jid"] = .string(jid.description)
        object["uris"] = .array(uris.map { .string($0.text) })
        console.print(.object(object))
    }
}

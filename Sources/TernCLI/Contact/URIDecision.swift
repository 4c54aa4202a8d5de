// Owns what a person decides by giving an address that carries keys. It must not know how it is spelled.

internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernStore

/// A decision about the keys in an address.
struct URIDecision {
    private let uri: VerificationURI

    init(_ text: String) throws(CommandFailure) {
        do throws(VerificationURIError) {
            uri = try VerificationURI(text)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Carries it out, all of it or nothing, and tells what was done.
    func execute(_ options: GlobalOptions, _ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        let events: [Event]
        let devices: [DeviceStanding]
        do throws(SessionError) {
            events = try await account.verify(uri, at: Timestamp.now)
            devices = try await account.devices(of: uri.jid)
        } catch .untrusted {
            throw CommandFailure(
                .untrusted, "a device of \(uri.jid) has another key than the one in the address",
                hint:
                    "nothing was changed; compare again: it may be somebody else's; see 'tern contact show \(uri.jid)'")
        } catch .malformed {
            throw CommandFailure(.malformed, "a fingerprint in the address is no key's")
        } catch {
            throw CommandFailure(error)
        }
        let named = uri.devices.map(\.fingerprint) + (uri.trusted + uri.distrusted).compactMap(\.fingerprint)
        let own = DeviceAddress(account.jid, account.device)
        for device in devices where device.address != own && device.fingerprint.map(named.contains) == true {
            if console.json { console.print(.object(DeviceReport(device).object)) }
            console.note("device \(device.address.device) of \(uri.jid): \(device.trust.words)")
        }
        let known = devices.compactMap(\.fingerprint)
        DecisionReport(uri.jid, waiting: named.filter { !known.contains($0) }, events: events).print(console)
        return .success
    }
}

extension CommandFailure {
    /// An address that gives no keys.
    init(_ error: VerificationURIError) {
        let message =
            switch error {
            case .notXMPP: "not an address that begins with xmpp:"
            case .badAddress: "there is no account like you@example.org in the address"
            case .badEscape:
                "a percent sign in the address has no two digits behind it, or what they stand for is no UTF-8"
            case .badParameter(let name): "'\(name)' in the address has no value that it can have"
            case .duplicate(let name): "'\(name)' in the address names the same twice"
            case .unsupported(let encryption):
                "the keys in the address are those of \(encryption.map { "'\($0)'" } ?? "no known encryption")"
            case .noKeys: "there are no keys in the address"
            case .tooLong: "the address is longer than \(VerificationURI.limit) bytes"
            }
        self.init(
            .malformed, message,
            hint: "it is xmpp:JID?omemo-sid-DEVICE=KEY or xmpp:JID?trust-message;encryption=…;trust=KEY")
    }
}

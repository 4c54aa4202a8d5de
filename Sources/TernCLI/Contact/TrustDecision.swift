// Owns what a person decides on the command line: which devices and which key are meant. It must not know how it is kept.

internal import Tern
internal import TernCore
internal import TernOMEMO
internal import TernStore

/// A decision about devices of an address.
struct TrustDecision {
    let trust: Trust
    let jid: BareJID
    /// The device that is meant; all of them, or the one with the key, where there is none.
    let device: DeviceID?
    /// The key that is meant.
    let fingerprint: Fingerprint?

    init(_ trust: Trust, _ jid: BareJID, device: UInt32?, fingerprint words: [String]) throws(CommandFailure) {
        self.trust = trust
        self.jid = jid
        do throws(AddressError) {
            self.device = try TrustDecision.device(device)
            fingerprint = words.isEmpty ? nil : try Fingerprint(hex: words.joined())
        } catch .badDeviceID {
            throw CommandFailure(.usage, "a device's number is from 1 to 2147483647")
        } catch {
            throw CommandFailure(.usage, "a fingerprint is 64 hexadecimal digits")
        }
        if let fingerprint, fingerprint.bytes.count != 32 {
            throw CommandFailure(.usage, "a fingerprint is 64 hexadecimal digits")
        }
    }

    private static func device(_ number: UInt32?) throws(AddressError) -> DeviceID? {
        guard let number else { return nil }
        return try DeviceID(number)
    }

    /// Carries it out.
    /// - Parameter isStrict: Whether the key has to be the one that is known already.
    func carryOut(_ account: Account<AccountStore>, isStrict: Bool) async throws(CommandFailure) -> [DeviceID] {
        do throws(SessionError) {
            let known = try await account.devices(of: jid)
            var chosen = known.filter { device == nil || $0.address.device == device }
            if device == nil, let fingerprint { chosen = known.filter { $0.fingerprint == fingerprint } }
            if let device, chosen.isEmpty, !isStrict, fingerprint != nil {
                try await account.decide(trust, DeviceAddress(jid, device), fingerprint: fingerprint, at: Clock.now())
                return [device]
            }
            guard !chosen.isEmpty else { throw .materialMissing }
            if isStrict, let fingerprint, chosen.contains(where: { $0.fingerprint != fingerprint }) { throw .untrusted }
            for each in chosen where each.fingerprint != nil || fingerprint != nil {
                try await account.decide(trust, each.address, fingerprint: fingerprint, at: Clock.now())
            }
            return chosen.map(\.address.device)
        } catch .materialMissing {
            throw CommandFailure(
                .missingMaterial, "no such device of \(jid) is known",
                hint: "see 'tern contact show \(jid)'; a new key takes --device and its fingerprint")
        } catch .untrusted {
            throw CommandFailure(
                .untrusted, "the device has another key than this fingerprint",
                hint: "compare again; see 'tern contact show \(jid)'")
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Tells what was done.
    func tell(_ devices: [DeviceID], _ console: Console) {
        for device in devices { console.note("device \(device) of \(jid): \(trust.rawValue)") }
    }
}

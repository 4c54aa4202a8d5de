// Owns what a person decides on the command line: which devices and which key are meant. It must not know how it is kept.

internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernPGP
internal import TernStore

/// A decision about devices of an address.
struct TrustDecision {
    let trust: Trust
    let jid: BareJID
    /// The device that is meant; all of them, or the one with the key, where there is none.
    let device: DeviceID?
    /// The key that is meant.
    let fingerprint: Fingerprint?

    init(_ trust: Trust, _ keys: KeyArguments) throws(CommandFailure) {
        try self.init(trust, keys.jid, device: keys.device, keys.fingerprint)
    }

    init(_ trust: Trust, _ jid: BareJID, device number: UInt32?, _ digits: [String]) throws(CommandFailure) {
        self.trust = trust
        self.jid = jid
        do throws(AddressError) {
            device = try TrustDecision.device(number)
            fingerprint = digits.isEmpty ? nil : try Fingerprint(hex: digits.joined())
        } catch .badDeviceID {
            throw CommandFailure(.usage, "a device's number is from 1 to 2147483647")
        } catch {
            throw CommandFailure(.usage, "a fingerprint is 64 hexadecimal digits")
        }
        if let fingerprint, fingerprint.bytes.count != 32, fingerprint.bytes.count != 20 {
            throw CommandFailure(.usage, "a fingerprint is 64 hexadecimal digits, or 40 of an OpenPGP key")
        }
    }

    private static func device(_ number: UInt32?) throws(AddressError) -> DeviceID? {
        guard let number else { return nil }
        return try DeviceID(number)
    }

    /// Carries it out and tells what was done.
    func execute(
        _ options: GlobalOptions, mayReplace: Bool, _ console: Console
    ) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        if fingerprint?.bytes.count == 20 || device == nil && fingerprint == nil {
            let hasDecided = try await decideKeys(account, console)
            if fingerprint != nil { return .success }
            // who has keys of OpenPGP alone has no devices
            if hasDecided, try await hasNoDevices(account) { return .success }
        }
        let (devices, events) = try await carryOut(account, mayReplace: mayReplace)
        tell(devices, console)
        DecisionReport(jid, events: events).print(console)
        return .success
    }

    /// Carries it out, on all devices that are meant or on none.
    /// - Parameter mayReplace: Whether a device's key gives way to the one that was named.
    private func carryOut(_ account: Account<AccountStore>, mayReplace: Bool) async throws(CommandFailure)
        -> ([DeviceStanding], [Event])
    {
        do throws(SessionError) {
            let known = try await account.devices(of: jid).filter {
                $0.address != DeviceAddress(account.jid, account.device)
            }
            let chosen = try choose(known, mayReplace: mayReplace)
            // A key that somebody has compared is more than accepted.
            let kept = known.filter {
                trust == .firstUse && $0.trust == .verified && (fingerprint == nil || fingerprint == $0.fingerprint)
            }.map(\.address)
            let events = try await account.decide(
                trust, chosen.filter { !kept.contains($0) }, fingerprint: fingerprint, at: Timestamp.now)
            return (try await account.devices(of: jid).filter { chosen.contains($0.address) }, events)
        } catch .materialMissing {
            throw CommandFailure(
                .missingMaterial, "no such device of \(jid) is known",
                hint: "see 'tern contact show \(jid)'; a new key takes --device and its fingerprint")
        } catch .untrusted {
            throw CommandFailure(
                .untrusted,
                "\(device.map { "device \($0) of \(jid) has another key" } ?? "no device of \(jid) has this key")",
                hint: "compare again: it may be somebody else's; see 'tern contact show \(jid)'")
        } catch .malformed {
            throw CommandFailure(.usage, "this fingerprint is no key's")
        } catch .misuse {
            throw CommandFailure(.usage, "this device's own key is not a matter of trust")
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Decides about keys of OpenPGP.
    /// - Returns: Whether there are any.
    private func decideKeys(
        _ account: Account<AccountStore>, _ console: Console
    ) async throws(CommandFailure) -> Bool {
        do throws(SessionError) {
            let keys = try await account.decide(trust, pgp: fingerprint, of: jid)
            let peer = try await account.pgpPeer(jid)
            for key in keys {
                if console.json {
                    console.print(.object(PGPKeyReport(key, of: jid, in: peer, at: Timestamp.now).object))
                }
                console.note("key \(key.fingerprint.pgpGrouped) of \(jid): \(key.trust.words)")
            }
            return true
        } catch .materialMissing where fingerprint == nil {
            return false
        } catch .materialMissing {
            throw CommandFailure(
                .missingMaterial, "no such key of \(jid) is known", hint: "see 'tern contact show \(jid)'")
        } catch {
            throw CommandFailure(error)
        }
    }

    private func hasNoDevices(_ account: Account<AccountStore>) async throws(CommandFailure) -> Bool {
        do throws(SessionError) {
            return try await account.devices(of: jid).allSatisfy { $0.fingerprint == nil }
        } catch {
            throw CommandFailure(error)
        }
    }

    private func choose(_ known: [DeviceStanding], mayReplace: Bool) throws(SessionError) -> [DeviceAddress] {
        guard let device else {
            let named = known.filter { $0.fingerprint != nil }
            let chosen = named.filter { fingerprint == nil || $0.fingerprint == fingerprint }
            guard !chosen.isEmpty else { throw named.isEmpty ? .materialMissing : .untrusted }
            return chosen.map(\.address)
        }
        let address = DeviceAddress(jid, device)
        let current = known.first { $0.address == address }
        guard let fingerprint else {
            guard current?.fingerprint != nil else { throw .materialMissing }
            return [address]
        }
        if trust == .verified {
            guard let current else { throw .materialMissing }
            guard current.fingerprint == fingerprint else { throw .untrusted }
        } else if let key = current?.fingerprint, key != fingerprint, !mayReplace {
            throw .untrusted
        }
        return [address]
    }

    /// Tells what was done.
    private func tell(_ devices: [DeviceStanding], _ console: Console) {
        for device in devices {
            if console.json { console.print(.object(DeviceReport(device).object)) }
            console.note("device \(device.address.device) of \(jid): \(device.trust.words)")
        }
    }
}

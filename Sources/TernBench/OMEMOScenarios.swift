// Owns the rows of `omemo`: what devices, sessions and their keys cost. It must not know how they are made.

internal import CMalloc
internal import TernCore
internal import TernCrypto
internal import TernOMEMO
internal import TernRatchet

/// OMEMO's rows.
public enum OMEMOScenarios {
    /// All rows, in the order in which they are told.
    public static var all: [Scenario] {
        Version.allCases.flatMap { version in
            FanOutScenarios.all(version) + [preKey(version), signedPreKey(version), sessionBytes(version)]
        }
    }

    static func name(_ row: String, _ version: Version) -> String {
        row + (version == .v03 ? "/0.3" : "/2")
    }

    private static func preKey(_ version: Version) -> Scenario {
        let tern = Contestant("tern", batch: 100) { batch in
            var keys = FreshKeyPairs()
            return .timed {
                for _ in 0..<batch {
                    guard version.suite.encode(keys.next().publicKey).count >= 32 else { throw RatchetError.malformed }
                }
            }
        }
        let floor = Contestant("floor", batch: 100) { batch in
            let floor = Floor(version)
            return .timed { for _ in 0..<batch { floor.generate() } }
        }
        return Scenario(name("prekey", version), "a one-time prekey, of 100", [tern, floor])
    }

    private static func signedPreKey(_ version: Version) -> Scenario {
        let tern = Contestant("tern", batch: 100) { batch in
            var entropy = SystemEntropy()
            let identity = Held(IdentityKeyPair(seed: Secret<32>(from: &entropy)))
            return .timed {
                let identity = identity.take()
                var keys = FreshKeyPairs()
                for _ in 0..<batch {
                    let encoded = version.suite.encode(keys.next().publicKey)
                    _ = identity.sign(encoded.span, suite: version.suite, entropy: &entropy)
                }
            }
        }
        let floor = Contestant("floor", batch: 100) { batch in
            let floor = Floor(version)
            return .timed { for _ in 0..<batch { floor.signedPreKey() } }
        }
        return Scenario(name("signed-prekey", version), "a prekey and its signature", [tern, floor])
    }

    /// What the heap grows by when the sessions of devices that are known are read from a store: 10,000, which are the same
    /// thousand read by ten engines.
    private static func sessionBytes(_ version: Version) -> Scenario {
        let (devices, engines) = (1000, 10)
        let audience = Once {
            let store = SinkStore()
            let audience = try Audience(devices, version, of: try BareJID("alice@example.org"), in: store)
            store.close()
            return audience
        }
        let tern = Contestant("tern", batch: devices * engines) { batch in
            let audience = try audience.get()
            let engines = try audience.strangers(engines)
            let before = heap()
            for engine in engines { try audience.encrypt("a tern", with: engine) }
            let after = heap()
            return .counted(withExtendedLifetime(engines) { Double(after - before) / Double(batch) })
        }
        return Scenario(
            name("session-bytes", version), "the heap that a session takes once it was read", unit: .bytes, [tern])
    }

    /// Bytes of the heap that are in use.
    private static func heap() -> Int {
        let heap = mallinfo2()
        return heap.uordblks + heap.hblkhd
    }
}

// Owns what time asks for: keys that have been published for long enough, and what was begun and never ended. It must not know
// a clock.

public import TernCore
internal import TernRatchet

extension OMEMOMachine {
    /// How often it is worth looking, in milliseconds.
    private static let interval: Int64 = 3600 * 1000

    /// Does what is due: rotates signed prekeys, fills bundles, ends a catch-up that nobody has ended. It costs nothing where
    /// it looked within the hour.
    /// - Returns: What a person should know of it.
    @discardableResult
    public func maintain(
        at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [Event] {
        if let maintained, now >= maintained,
            now.milliseconds.subtractingReportingOverflow(maintained.milliseconds).partialValue < OMEMOMachine.interval
        {
            return []
        }
        maintained = now
        if let catchUp, upkeep.catchUpLimit.have(passedSince: catchUp, at: now) {
            try endCatchUp(in: &transaction)
        }
        try dropReflections(at: now, in: &transaction)
        guard left == nil else { return [] }
        for version in Version.allCases {
            let id = counters.signedPreKey[version.place]
            guard let current = try storedPreKey(.signedPreKey, id, version, in: transaction) else {
                throw .store(.damaged)
            }
            let isFull = try transaction.list(.preKey, in: version.number).count >= upkeep.preKeys
            let isDue = upkeep.signedPreKeyLifetime.have(passedSince: current.made, at: now)
            if isDue { try rotateSignedPreKey(version, at: now, in: &transaction) }
            if !isFull { try refillPreKeys(version, at: now, in: &transaction) }
            if isDue || !isFull { try enqueue(.publishBundle(version), in: &transaction) }
        }
        return try expire(at: now, in: &transaction)
    }
}

// Owns one step of a conversation that lives in the store, from beginning to end in one transaction. It must not know which store that
// is, nor who sends what.

public import TernCore
internal import TernCrypto

extension OTRShelf {
    /// For how long a conversation is kept in which nothing comes: its keys could read what was said in it.
    public static let lifetime: Int64 = 24 * 3600 * 1000

    /// Does something in a conversation with one resource of somebody.
    ///
    /// Who keeps a conversation between two processes keeps its keys: a store that is copied can read what comes until the keys
    /// have turned, and a copy that is brought back would use them twice, which the store refuses.
    /// - Throws: What ``OTRSession`` does; then nothing has changed. ``TernCore/SessionError/backendMissing`` for a libotr whose
    ///   conversations cannot be kept.
    public static func perform(
        _ request: OTRRequest, with peer: JID, of account: BareJID, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> OTROutcome {
        _ = try identity(of: account, in: &transaction)
        let visit = try OTRVisit(request, with: peer, of: account, at: now, in: transaction)
        guard visit.repeated == nil else { return try visit.close([], in: &transaction) }
        var steps: [Step] = []
        for step in try visit.begin() { steps += try run(step, on: visit.session, at: now) }
        return try visit.close(steps, in: &transaction)
    }

    /// Nobody else waits for this conversation: what is handed out as work is done here.
    private static func run(_ step: Step, on session: OTRSession, at now: Timestamp) throws(SessionError) -> [Step] {
        var steps = [step]
        for case .work(let job) in step.needs {
            for next in try session.supply([.worked(job.run())], at: now) {
                steps += try run(next, on: session, at: now)
            }
        }
        return steps
    }
}

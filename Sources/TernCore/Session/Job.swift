// Owns what a host sees of a computation that a session hands out. It must not know what is computed.

/// Work that takes long, handed to the host.
///
/// The host calls ``run()`` once, on any thread, and gives the receipt to the session that asked for it, on the thread that
/// the session is confined to. What was computed stays inside: only the module that made the job can take it out.
public struct Job: Sendable {
    /// What a progress display calls it.
    public enum Kind: String, Hashable, Sendable {
        case keyGeneration = "key generation"
        case keyAgreement = "key agreement"
        case verification = "verification"
        case decryption = "decryption"
        case encryption = "encryption"
    }

    /// The proof that a job was run or given back.
    public struct Receipt: Sendable {
        let errand: any Errand
    }

    /// What kind of work it is.
    public let kind: Kind
    let errand: any Errand

    /// Computes, unless the job was run or given back before, and returns when that is done.
    public func run() -> Receipt {
        errand.run()
        return Receipt(errand: errand)
    }

    /// Gives the job back without running it: what waits for it fails with ``SessionError/abandoned``. Does nothing to a
    /// job that runs or was run.
    public func abandon() -> Receipt {
        errand.giveBack()
        return Receipt(errand: errand)
    }
}

/// What a job can be told, whatever it computes.
protocol Errand: AnyObject, Sendable {
    func run()
    func giveBack()
}

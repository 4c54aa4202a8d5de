// Owns a view into a session for comparing it with a recorded one. Only this package sees it: it copies secrets into
// arrays that nobody wipes, and is not for a person's keys.

internal import TernCrypto

/// The values of a session in the terms of the Double Ratchet (§3.2).
package struct RatchetInspection: Sendable, Equatable {
    /// A chain key and the number of message keys that were derived before it.
    package struct Chain: Sendable, Equatable {
        package let key: [UInt8]
        package let length: UInt32
    }

    /// A kept message key.
    package struct Skipped: Sendable, Hashable {
        package let ratchetKey: [UInt8]
        package let index: UInt32
        package let key: [UInt8]
    }

    /// RK, or SK before the first turn.
    package let root: [UInt8]
    /// DHs, where this side has one.
    package let ownPrivate: [UInt8]?
    /// DHr.
    package let remote: [UInt8]?
    /// CKs and Ns.
    package let sending: Chain?
    /// CKr and Nr.
    package let receiving: Chain?
    /// PN.
    package let previousLength: UInt32
    /// MKSKIPPED, the oldest first.
    package let skipped: [Skipped]
}

extension DoubleRatchet {
    /// Bytes that the seeds of kept keys take, with those that were used and have not been given back.
    package var skippedSize: Int { skipped.size }

    /// The values as they are now.
    package func inspect() -> RatchetInspection {
        var ownPrivate: [UInt8]?
        var sending: RatchetInspection.Chain?
        switch turn {
        case .owed: break
        case .silent: break
        case .awaiting(let own): ownPrivate = own.privateKey.span.array
        case .listening(let own): ownPrivate = own.privateKey.span.array
        case .sending(let chain):
            ownPrivate = chain.own.privateKey.span.array
            sending = .init(key: chain.key.span.array, length: chain.next)
        }
        var receivingChain: RatchetInspection.Chain?
        switch receiving {
        case .none: break
        case .some(let chain): receivingChain = .init(key: chain.key.span.array, length: chain.next)
        }
        let kept = skipped.runs.flatMap { run in
            run.indices.filter { run.contains($0) }.map { index in
                RatchetInspection.Skipped(
                    ratchetKey: run.ratchetKey.bytes.array, index: index, key: run.seed(index).span.array)
            }
        }
        return RatchetInspection(
            root: root.bytes.span.array, ownPrivate: ownPrivate, remote: remote?.bytes.array, sending: sending,
            receiving: receivingChain, previousLength: previousLength, skipped: kept)
    }
}

extension Span where Element == UInt8 {
    fileprivate var array: [UInt8] { indices.map { self[$0] } }
}

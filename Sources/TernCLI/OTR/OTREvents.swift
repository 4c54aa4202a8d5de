// Owns how events of OTR are told to people and programs. It must not know where they come from.

internal import TernCore
internal import TernCrypto
internal import TernJSON
internal import TernOTR

extension Fingerprint {
    /// As programs show keys of OTR: five groups of eight upper-case digits.
    var otrGrouped: String {
        stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<min(start + 4, bytes.count)].map { HexDigits.pair($0) }.joined()
        }.joined(separator: " ").uppercased()
    }
}

extension Event {
    /// For programs.
    var otrJSON: JSONValue {
        var object = JSONObject()
        object["kind"] = .string(otrKind)
        switch self {
        case .offered(let versions): object["versions"] = .array(versions.sorted().map { .number(String($0)) })
        case .established(let key), .refreshed(let key), .keyGenerated(let key):
            object["fingerprint"] = .string(key.otrGrouped)
        case .keyChanged(let accepted, let now):
            object["accepted"] = .string(accepted.otrGrouped)
            object["fingerprint"] = .string(now.otrGrouped)
        case .verification(.asked(let question?)): object["question"] = .string(question)
        case .verification(.progressed(let percent)): object["percent"] = .number(String(percent))
        case .verification(.succeeded(let key, let peerProved)):
            object["fingerprint"] = .string(key.otrGrouped)
            object["peerProved"] = .boolean(peerProved)
        case .extraKey(let use, let data):
            object["use"] = .number(String(use))
            object["data"] = .string(Base64.encode(data.span))
        default: break
        }
        return .object(object)
    }

    private var otrKind: String {
        switch self {
        case .offered: "offered"
        case .established: "established"
        case .refreshed: "refreshed"
        case .keyChanged: "keyChanged"
        case .keyGenerated: "keyGenerated"
        case .endedByPeer: "endedByPeer"
        case .unencrypted: "unencrypted"
        case .peerReportedError: "peerReportedError"
        case .resent: "resent"
        case .forOtherInstance: "forOtherInstance"
        case .extraKey: "extraKey"
        case .verification(.asked): "verificationAsked"
        case .verification(.progressed): "verificationProgressed"
        case .verification(.succeeded): "verificationSucceeded"
        case .verification(.failed): "verificationFailed"
        case .verification(.aborted): "verificationAborted"
        default: "other"
        }
    }

    /// For people.
    func otrWords(_ peer: JID) -> String? {
        switch self {
        case .offered(let versions):
            "\(peer) offers OTR, version \(versions.sorted().map(String.init).joined(separator: ", ")): "
                + "see 'tern otr query' and 'tern otr policy'"
        case .established(let key): "private with \(peer), whose key is \(key.otrGrouped)"
        case .refreshed: "new session keys with \(peer)"
        case .keyChanged(let accepted, let now) where accepted == now:
            "\(peer) shows a key that was distrusted: \(now.otrGrouped)"
        case .keyChanged(let accepted, let now):
            "\(peer) shows another key: \(now.otrGrouped) in place of \(accepted.otrGrouped)"
        case .keyGenerated(let key): "this account's key for OTR was made: \(key.otrGrouped)"
        case .endedByPeer: "\(peer) has ended the conversation"
        case .unencrypted: "what came was not encrypted, and anybody may have written it"
        case .peerReportedError: "\(peer) says that it could not read a message; nobody vouches for that"
        case .resent: "the last message was encrypted once more"
        case .extraKey(OTRFileKey.use, _): "\(peer) shares a file: see 'tern otr file'"
        case .extraKey(let use, _): "\(peer) has announced an extra key, for use \(use): see 'tern otr symkey'"
        case .forOtherInstance: "this is for another program of this account"
        case .verification(.asked(let question)):
            question.map { "\(peer) asks: \($0); answer: tern otr smp --answer" }
                ?? "\(peer) wants to compare a secret; answer: tern otr smp --answer"
        case .verification(.succeeded(_, peerProved: true)): "the secrets are the same: the key of \(peer) is verified"
        case .verification(.succeeded): "the answer was right: this convinces \(peer), and proves nothing here"
        case .verification(.failed): "the secrets differ: the key of \(peer) is not verified"
        case .verification(.aborted): "the comparison was given up"
        default: nil
        }
    }
}

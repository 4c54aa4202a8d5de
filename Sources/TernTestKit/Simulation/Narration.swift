// Owns how a parcel is told to a person who looks into a seed. It must not know what happens to it.

internal import TernCore
internal import TernCrypto
internal import TernOMEMO
internal import TernRatchet

extension SimulatedNetwork.Parcel: CustomStringConvertible {
    var description: String {
        let kind = (isTampered ? "forged " : "") + (text.isEmpty ? "empty " : "") + (isKeyExchange ? "exchange " : "")
        let version = message.version.scheme.rawValue
        return "\(kind)\(number) \(version) \(sender.device)>\(destination.device) \(header)"
    }

    /// The beginning of the ratchet key, the number and the previous length.
    private var header: String {
        guard let own = try? message.keys(for: destination).first, var bytes = try? own.bytes() else { return "?" }
        if isKeyExchange {
            guard let inner = try? KeyExchangeElement.decode(bytes, message.version).message else { return "?" }
            bytes = inner
        }
        guard let header = try? message.version.header(of: bytes.span) else { return "?" }
        return "\(header.ratchetKey.bytes.array.prefix(2)) \(header.index) \(header.previousLength)"
    }
}

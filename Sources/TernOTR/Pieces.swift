// Owns cutting a message to what the network carries. libotr does it for some of what it sends, and neither for heartbeats nor for
// extra keys. It must not know what a message says.

internal import COTR
internal import Glibc
internal import TernCore

extension OTREngine {
    /// A message as the network carries it: whole, or in pieces. One that cannot be cut stays whole.
    func pieces(of message: String) -> [String] {
        let length = message.utf8.count
        guard let longest = policy.longestMessage, length > longest, message.hasPrefix("?OTR:"),
            let context = unsafe latest
        else { return [message] }
        // as libotr counts: what a piece's head takes is not the message's
        let head = unsafe context.pointee.protocol_version == 3 ? 37 : 19
        let count = (length - 1) / (longest - head) + 1
        var pieces: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        guard count <= Int(UInt16.max),
            unsafe otrl_proto_fragment_create(Int32(longest), Int32(count), &pieces, context, message) == 0
        else { return [message] }
        defer { unsafe otrl_proto_fragment_free(&pieces, UInt16(count)) }
        return (0..<count).compactMap { place in
            unsafe pieces?[place].map { unsafe String(cString: $0) }
        }
    }
}

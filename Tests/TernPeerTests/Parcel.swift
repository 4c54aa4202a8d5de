// Owns one message on its way to one device, and what its header says in the clear. It must not know who reads it.

import Testing

import TernCore
import TernCrypto
import TernOMEMO
import TernRatchet

/// An element that is on its way to one of the devices that it is for.
struct Parcel {
    /// The message; its copies for other devices have the same number.
    let number: Int
    let element: String
    /// Nil for a message without content.
    let text: String?
    let sender: DeviceAddress
    /// The account that it was written to.
    let recipient: BareJID
    let destination: DeviceAddress
    /// The ratchet key of its sender, which names a chain.
    let chain: [UInt8]
    let index: UInt32
    let isKeyExchange: Bool

    /// - Parameter element: The text of `message`.
    init(
        _ number: Int, _ message: EncryptedMessage, _ element: String, _ text: String?, from sender: DeviceAddress,
        to recipient: BareJID, for destination: DeviceAddress
    ) throws {
        let key = try #require(try message.keys(for: destination).first)
        var bytes = try key.bytes()
        if key.isKeyExchange { bytes = try KeyExchangeElement.decode(bytes, message.version).message }
        let header = try message.version.header(of: bytes.span)
        self.number = number
        self.element = element
        self.text = text
        self.sender = sender
        self.recipient = recipient
        self.destination = destination
        chain = header.ratchetKey.bytes.array
        index = header.index
        isKeyExchange = key.isKeyExchange
    }
}

extension Parcel: CustomStringConvertible {
    var description: String {
        let kind = (text == nil ? "empty " : "") + (isKeyExchange ? "exchange " : "")
        return "\(kind)\(number) \(sender.device)>\(destination.device), \(index) of chain \(chain.prefix(2))"
    }
}

// Owns one message in both versions of OMEMO, for an account whose devices are of two foreign implementations.

import Testing

import TernCore
import TernOMEMO
import TernXML

@Suite("One message in both versions", .foreignPeers)
struct BothVersionsTests {
    @Test(
        "Each device finds the version that it has, and answers in it", arguments: ForeignDevice.Version.allCases)
    func both(pythons version: ForeignDevice.Version) throws {
        let other: ForeignDevice.Version = version == .omemo03 ? .omemo2 : .omemo03
        let (python, c) = (
            try ForeignDevice(
                IdlePeers.take(.pythonOMEMO), Neighbourhood.foreignAccount, IdlePeers.device(), version),
            try ForeignDevice(IdlePeers.take(.libOMEMOC), Neighbourhood.foreignAccount, IdlePeers.device(), other)
        )
        let all = try Neighbourhood(terns: 2, strangers: [python, c])
        let (sender, jid) = (all.terns[0], try python.address.jid)

        for number in 0..<6 {
            let draft = Draft(.text("message \(number)"), to: [jid])
            let messages = try all.encrypt(draft, on: sender)
            #expect(messages.map(\.version) == [.v2, .v03])
            // No device has a key in both, and none is left out.
            #expect(messages[0].keys.count + messages[1].keys.count == 3)
            let stanza = try MessageStanza(to: .chat(JID(jid)), id: "m\(number)", messages).xml()
            let elements = try XMLParser.parse(stanza).elements.filter { EncryptedMessage.version(of: $0) != nil }
            for device in [python, c] {
                let element = try #require(elements.first { $0.namespace == device.version.terns.namespace })
                let opened = try device.decrypt(try element.serialized(), from: Neighbourhood.ternAccount)
                #expect(opened.text == "message \(number)" && opened.device == 101)
            }
            // The sender's other device has both versions, and reads the newer one.
            let copy = try all.terns[1].decrypt(
                try elements.map { try $0.serialized() }, from: sender.address.jid, to: jid)
            #expect(copy.plaintext?.content == .text("message \(number)") && copy.version == .v2)

            for device in [python, c] {
                let text = "answer of \(device.place.device)"
                let element = try device.encrypt(text, to: all.terns.map { ForeignDevice.Place($0.address) })
                for tern in all.terns {
                    let decryption = try tern.decrypt([element], from: jid)
                    #expect(decryption.plaintext?.content == .text(text))
                    #expect(decryption.version == device.version.terns)
                }
            }
        }
    }
}

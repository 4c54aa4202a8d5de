// Devices of Gajim, Dino and profanity go on in Tern: what omemo-dr, libsignal's heir in Gajim, wrote to their bundles is read,
// and what they knew of others is known. Where the examples come from is in Examples/README.md.

import Foundation
import TernCore
import TernCrypto
import TernForeign
import TernJSON
import TernOMEMO
import TernXML
import Testing

@Suite struct ClientStorageTests {
    static let now = Timestamp(seconds: 1_800_000_000)

    /// A program, its files, and what its own code says of them.
    enum Client: String, CaseIterable {
        case gajim, dino, profanity

        private func file(_ name: String) throws -> [UInt8] {
            let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Examples")
            return [UInt8](try Data(contentsOf: folder.appending(path: name)))
        }

        /// The files that hold the keys, the most important first.
        func files() throws -> [[UInt8]] {
            switch self {
            case .gajim: [try file("gajim.db")]
            case .dino: [try file("dino/omemo.db"), try file("dino/dino.db")]
            case .profanity:
                try ["identity.txt", "trust.txt", "known_devices.txt"].map { try file("profanity/\($0)") }
            }
        }

        func expected() throws -> JSONObject {
            // the database of Dino has the keys of the one of Gajim
            let name = self == .profanity ? "profanity.json" : "gajim.json"
            return try #require(try JSONReader.read(try file(name)).object)
        }

        func account() throws -> BareJID { try BareJID(try #require(try expected()["account"]?.string)) }

        func device(_ files: [[UInt8]], of account: BareJID?) throws(ForeignError) -> ForeignDevice {
            switch self {
            case .gajim: try GajimStorage(files[0]).device(of: account, at: ClientStorageTests.now)
            case .dino: try DinoStorage(files[0], accounts: files[1]).device(of: account, at: ClientStorageTests.now)
            case .profanity:
                try ProfanityStorage(identity: files[0], trusted: files[1], known: files[2])
                    .device(of: account, at: ClientStorageTests.now)
            }
        }
    }

    private func engine(_ client: Client) throws -> OMEMOEngine<MemoryStore> {
        let store = MemoryStore()
        let device = try client.device(try client.files(), of: try client.account())
        try store.write { transaction throws(SessionError) in
            _ = try OMEMOMachine.takeOver(
                device, Passage([UInt8](repeating: 1, count: 16), at: Self.now), in: &transaction)
        }
        return try OMEMOEngine(of: device.account, in: store)
    }

    @Test(arguments: Client.allCases) func theDeviceIsTheSame(client: Client) throws {
        let (engine, expected) = (try engine(client), try client.expected())
        #expect(engine.device.account == (try client.account()))
        #expect(Int(engine.device.device.value) == expected["device"]?.integer)
        #expect(engine.device.fingerprint.digits == expected["fingerprint"]?.string)
        for (name, value) in try #require(expected["contacts"]?.object).members.map({ ($0.name, $0.value) }) {
            let jid = try BareJID(name), known = try #require(value.array)
            let standings = try engine.read { machine, transaction throws(SessionError) in
                try machine.devices(of: jid, in: transaction)
            }
            let standing = try #require(standings.first { Int($0.address.device.value) == known[0].integer })
            #expect(standing.fingerprint?.digits == known[1].string)
            #expect(standing.sessions.isEmpty)
            // its own device is believed, whatever the program kept of it
            if jid != engine.device.account { #expect(standing.trust.rawValue == known[2].string, "\(name)") }
        }
    }

    @Test(arguments: Client.allCases) func whatWasWrittenToItsBundleIsRead(client: Client) throws {
        let (engine, expected) = (try engine(client), try client.expected())
        let message = try #require(expected["message"]?.object)
        var header = "<header sid='\(try #require(message["sid"]?.integer))'>"
        for key in try #require(message["keys"]?.object).members {
            let isExchange = key.value.array?[1].boolean == true
            header +=
                "<key rid='\(key.name)'\(isExchange ? " prekey='true'" : "")>\(key.value.array?[0].string ?? "")</key>"
        }
        header +=
            "<iv>\(message["iv"]?.string ?? "")</iv></header><payload>\(message["payload"]?.string ?? "")</payload>"
        let element = try XMLParser.parse("<encrypted xmlns='eu.siacs.conversations.axolotl'>\(header)</encrypted>")
        let sender = try BareJID(try #require(expected["sender"]?.string))
        let incoming = Incoming(.element(element), from: JID(sender), to: JID(engine.device.account))
        let decryption = try engine.change { machine, transaction throws(SessionError) in
            try machine.decrypt([try EncryptedMessage(element)], incoming, at: Self.now, in: &transaction)
        }
        #expect(decryption.plaintext?.content.text == expected["text"]?.string)
    }

    @Test func whoseItIsHasToBeSaidWhereNobodyKnows() throws {
        for client in Client.allCases {
            let files = try client.files()
            guard client == .dino else {
                #expect(throws: ForeignError.ambiguous([])) { _ = try client.device(files, of: nil) }
                continue
            }
            #expect(try client.device(files, of: nil).account == (try client.account()))
            #expect(throws: ForeignError.ambiguous([try client.account()])) {
                _ = try client.device(files, of: try BareJID("other@example.org"))
            }
        }
    }

    /// A damaged file is refused, or what is read of it is what was written: no key is taken for another.
    @Test(arguments: Client.allCases) func damageIsFound(client: Client) throws {
        let files = try client.files(), account = try client.account()
        let expected = try client.expected()["fingerprint"]?.string
        var random = SystemRandomNumberGenerator()
        for _ in 0..<100 {
            var damaged = files
            let place = Int.random(in: 0..<damaged[0].count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: damaged[0][place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: damaged[0].removeSubrange(place...)
            default:
                damaged[0][place...] = ArraySlice(
                    (place..<damaged[0].count).map { _ in UInt8.random(in: 0...255, using: &random) })
            }
            do {
                let device = try client.device(damaged, of: account)
                let store = MemoryStore()
                try store.write { transaction throws(SessionError) in
                    _ = try OMEMOMachine.takeOver(
                        device, Passage([UInt8](repeating: 1, count: 16), at: Self.now), in: &transaction)
                }
                #expect(try OMEMOEngine(of: account, in: store).device.fingerprint.digits == expected)
            } catch is ForeignError {
            } catch TransactionError<SessionError>.refused(.malformed) {
            }
        }
    }

    @Test(arguments: Client.allCases) func anythingElseIsRefused(client: Client) throws {
        let account = try client.account()
        for bytes in [
            [], [0], Array("SQLite format 3\0".utf8), [UInt8](repeating: 0, count: 5000), Array("[identity]\n".utf8),
        ] {
            #expect(throws: ForeignError.self) { _ = try client.device([bytes, bytes, bytes], of: account) }
        }
        let other = client == .profanity ? Client.gajim : .profanity
        #expect(throws: ForeignError.self) { _ = try client.device([try other.files()[0], [], []], of: account) }
    }
}

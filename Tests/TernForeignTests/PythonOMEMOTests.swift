// A device that python-omemo has made goes on in Tern: what was written to the bundle that it published is read, and what it
// knew of others is known. The examples are its own storage, recorded by Tests/Peers/python-omemo/record-storage.

import Foundation
import TernCore
import TernCrypto
import TernForeign
import TernJSON
import TernOMEMO
import TernRatchet
import TernXML
import Testing

@Suite struct PythonOMEMOTests {
    static let now = Timestamp(seconds: 1_800_000_000)

    /// What was recorded of a device.
    struct Example: Sendable, CustomTestStringConvertible {
        let name: String
        let members: JSONObject

        static let all = ["0.3", "2"].compactMap { try? Example($0) }

        init(_ version: String) throws {
            name = version
            let path = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "Examples/python-omemo-\(version).json")
            let bytes = [UInt8](try Data(contentsOf: path))
            members = try #require(try JSONReader.read(bytes, allowsNull: true).object)
        }

        var testDescription: String { name }
        var version: Version { name == "2" ? .v2 : .v03 }
        var storage: JSONObject { get throws { try #require(members["storage"]?.object) } }

        func text(_ name: String) throws -> String { try #require(members[name]?.string) }
    }

    private func engine(_ storage: JSONObject, of account: BareJID? = nil, in store: MemoryStore = MemoryStore()) throws
        -> OMEMOEngine<MemoryStore>
    {
        let device = try PythonOMEMOStorage(Array(JSONValue.object(storage).text.utf8)).device(
            of: account, at: Self.now)
        try store.write { transaction throws(SessionError) in
            _ = try OMEMOMachine.takeOver(
                device, Passage([UInt8](repeating: 1, count: 16), at: Self.now), in: &transaction)
        }
        return try OMEMOEngine(of: device.account, in: store)
    }

    private func standings(_ jid: String, _ engine: OMEMOEngine<MemoryStore>) throws -> [DeviceStanding] {
        let jid = try BareJID(jid)
        return try engine.read { machine, transaction throws(SessionError) in
            try machine.devices(of: jid, in: transaction)
        }
    }

    private func bundle(_ version: Version, of engine: OMEMOEngine<MemoryStore>) throws -> TernOMEMO.Bundle {
        let publication = try engine.change { machine, transaction throws(SessionError) in
            try machine.bundle(version, in: transaction)
        }
        return try TernOMEMO.Bundle(publication.payload, version: version)
    }

    private func decrypt(
        _ message: EncryptedMessage, from jid: BareJID, _ engine: OMEMOEngine<MemoryStore>
    ) throws -> Decryption {
        let incoming = Incoming(.element(message.element), from: JID(jid), to: JID(engine.device.account))
        return try engine.change { machine, transaction throws(SessionError) in
            try machine.decrypt([message], incoming, at: Self.now, in: &transaction)
        }
    }

    @Test func bothExamplesAreThere() {
        #expect(Example.all.count == 2)
    }

    @Test(arguments: Example.all) func theDeviceIsTheSame(example: Example) throws {
        let engine = try engine(example.storage)
        #expect(engine.device.account.description == (try example.text("jid")))
        #expect(engine.device.device.value == 1111)
        #expect(engine.device.fingerprint.digits == (try example.text("identity")))
        let published = try TernOMEMO.Bundle(try XMLParser.parse(example.text("bundle")), version: example.version)
        let now = try bundle(example.version, of: engine)
        _ = try now.verified()
        // associated data is made of the key as it was published
        #expect(now.identity == published.identity)
        #expect(now.signedPreKeyID != published.signedPreKeyID && now.preKeys.count == 100)
        #expect(Set(now.preKeys.map(\.id)).isDisjoint(with: published.preKeys.map(\.id)))
        let standing = try standings("bob@example.net", engine)
        #expect(standing.map(\.fingerprint?.digits) == [try example.text("bob")])
        #expect(standing.map(\.trust) == [.verified] && standing.map(\.versions) == [[example.version]])
        #expect(standing.allSatisfy { $0.sessions.isEmpty })
        let erin = try standings("erin@example.net", engine)
        #expect(erin.map(\.fingerprint?.digits) == [try example.text("erin")] && erin.map(\.trust) == [.distrusted])
        let waiting = try engine.change { machine, transaction throws(SessionError) in
            Set(try machine.outstanding(in: transaction).map(\.value))
        }
        #expect(
            waiting == [
                .publishBundle(.v03), .publishBundle(.v2), .fetchDeviceLists(engine.device.account),
            ])
    }

    @Test(arguments: Example.all) func whatWasWrittenToItsBundleIsRead(example: Example) throws {
        let store = MemoryStore()
        let engine = try engine(example.storage, in: store)
        // python-omemo's own, under way when the device moved
        let element = try XMLParser.parse(example.text("message"))
        let carol = try BareJID(try example.text("sender"))
        let message = try EncryptedMessage(element)
        #expect(message.keys.contains { $0.isKeyExchange })
        #expect(try decrypt(message, from: carol, engine).plaintext?.content == .text("hello from Carol"))
        // and another of Tern's, after a restart
        let dave = try BareJID("dave@example.org")
        let writer = try OMEMOEngine(creating: dave, at: Self.now, in: MemoryStore())
        let jid = engine.device.account, device = engine.device.device, version = example.version
        let items = try [
            (
                DeviceList([ListedDevice(device)], version: version).publication(for: jid).payload,
                DeviceList.node(of: jid, version: version)
            ),
            (XMLParser.parse(example.text("bundle")), BundlePlace(device, version: version).node(of: jid)),
        ]
        let encryption = try writer.change { machine, transaction throws(SessionError) in
            for (payload, node) in items {
                _ = try machine.learn([Item(id: node.item, payload: payload)], at: node, at: Self.now, in: &transaction)
            }
            return try machine.encrypt(
                Draft(.text("hello from Dave"), to: [jid], versions: [version]), at: Self.now, in: &transaction)
        }
        guard case .sealed(let sealed, _) = encryption else { throw SessionError.noSession }
        let restarted = try OMEMOEngine(of: jid, in: store)
        #expect(try decrypt(sealed[0], from: dave, restarted).plaintext?.content == .text("hello from Dave"))
    }

    @Test(arguments: Example.all) func whatIsNotAllThereIsRefused(example: Example) throws {
        let storage = try example.storage
        let namespace = example.version.namespace
        let needed = [
            "/own_device_id", "/ikp/key", "/ikp/is_seed", "/\(namespace)/pre_key_ids",
            "/\(namespace)/signed_pre_key_ids",
        ]
        for name in storage.names {
            for value in [nil, JSONValue.null, "?", 7, .array([]), ["?": 7]] as [JSONValue?]
            where value != storage[name] {
                var changed = storage
                changed[name] = value
                let store = MemoryStore()
                do {
                    _ = try engine(changed, in: store)
                    #expect(!needed.contains(name), "\(name)")
                } catch is ForeignError {
                    #expect(store.image.isEmpty)
                }
            }
        }
        #expect(throws: ForeignError.malformed("the document")) { try PythonOMEMOStorage([0x7b]) }
    }

    @Test func whoseDeviceItIsHasToBeCertain() throws {
        let example = try Example("2")
        var storage = try example.storage
        // a contact has a device of the same number, with another key
        for name in ["namespaces", "active", "identity_key"] {
            storage["/devices/mallory@example.net/1111/\(name)"] = storage["/devices/bob@example.net/2222/\(name)"]
        }
        #expect(try engine(storage).device.account.description == "alice@example.org")
        // or claims this one
        storage["/devices/mallory@example.net/1111/identity_key"] =
            storage["/devices/alice@example.org/1111/identity_key"]
        #expect(throws: ForeignError.self) { try engine(storage) }
        let alice = try BareJID("alice@example.org")
        #expect(try engine(storage, of: alice).device.account == alice)
    }

    @Test func laterModelsAreRefused() throws {
        let example = try Example("0.3")
        var storage = try example.storage
        let place = "/\(example.version.namespace)/x3dh"
        var state = try #require(storage[place]?.object)
        state["version"] = "2.0.0"
        storage[place] = .object(state)
        #expect(throws: ForeignError.unsupported("\(place) 2.0.0")) { try engine(storage) }
    }

    /// A scalar in place of a seed: the same key, signing in another way.
    @Test(arguments: Example.all) func aScalarIsTakenToo(example: Example) throws {
        var storage = try example.storage
        var entropy = SeededEntropy(seed: FixedBytes())
        let scalar = Secret<32>(from: &entropy)
        storage["/ikp/is_seed"] = false
        let digits = Base64.encode(scalar.span).map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
        storage["/ikp/key"] = .string(String(digits))
        let engine = try engine(storage, of: try BareJID("alice@example.org"))
        let key = X25519KeyPair(X25519PrivateKey(scalar.duplicate())).publicKey.bytes.array
        #expect(engine.device.fingerprint.bytes == key)
        _ = try bundle(example.version, of: engine).verified()
    }
}

extension Fingerprint {
    var digits: String { hex.lowercased() }
}

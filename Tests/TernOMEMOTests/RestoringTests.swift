// A device that was made elsewhere goes on here: the same bundle, and numbers that come behind those that were taken.

import TernCore
import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

@Suite struct RestoringTests {
    private static let now = Timestamp(seconds: 1_700_000_000)

    /// Puts a recorded device into a store.
    private static func restore(
        _ device: Members, _ version: Version, in store: MemoryStore, upkeep: Upkeep
    ) throws -> OMEMOEngine<MemoryStore> {
        let jid = try BareJID(try device.text("bare_jid"))
        let seed = try device.object("identity_key").bytes("ed25519_seed")
        let signed = try device.object("signed_pre_key")
        let (signedID, signedKey) = (try signed.number("id"), try signed.bytes("priv"))
        let preKeys = try device.objects("pre_keys").map { (try $0.number("id"), try $0.bytes("priv")) }
        let id = try DeviceID(try device.number("device_id"))
        try store.write { transaction throws(SessionError) in
            let machine = try OMEMOMachine.restore(
                jid, device: id, identity: .seed(secret(seed)), at: now, in: &transaction, upkeep: upkeep)
            try machine.restoreSignedPreKey(signedID, secret(signedKey), version, made: now, in: &transaction)
            for (id, key) in preKeys {
                try machine.restorePreKey(id, secret(key), version, made: now, in: &transaction)
            }
            try machine.completeRestoring(at: now, in: &transaction)
        }
        return try OMEMOEngine(of: jid, in: store, upkeep: upkeep)
    }

    private static func secret(_ bytes: [UInt8]) throws(SessionError) -> Secret<32> {
        do throws(CryptoError) { return try Secret<32>(copying: bytes) } catch { throw .malformed }
    }

    private static func bundle(
        _ version: Version, of engine: OMEMOEngine<MemoryStore>
    ) throws -> Bundle {
        let publication = try engine.change { machine, transaction throws(SessionError) in
            try machine.bundle(version, in: transaction)
        }
        return try Bundle(publication.payload, version: version)
    }

    @Test(arguments: RecordedFile.transcripts)
    func theBundleIsTheRecordedOne(file: RecordedFile) throws {
        for device in try file.devices() {
            var upkeep = Upkeep()
            upkeep.preKeys = 25
            let engine = try Self.restore(device, file.version, in: MemoryStore(), upkeep: upkeep)
            let recorded = try Bundle(try device.element("bundle_xml"), version: file.version)
            let made = try Self.bundle(file.version, of: engine)
            #expect(made.identity == recorded.identity && made.signedPreKey == recorded.signedPreKey)
            #expect(Set(made.preKeys) == Set(recorded.preKeys))
            _ = try made.verified()
            // the other version's keys were not there to be taken
            let other = Version.allCases.first { $0 != file.version } ?? .v2
            let fresh = try Self.bundle(other, of: engine)
            _ = try fresh.verified()
            #expect(fresh.preKeys.count == 25 && fresh.signedPreKey != made.signedPreKey)
        }
    }

    @Test func newPreKeysComeBehindThoseThatWereTaken() throws {
        let file = RecordedFile.transcripts[0]
        let device = try #require(try file.devices().first)
        let store = MemoryStore()
        var upkeep = Upkeep()
        upkeep.preKeys = 30
        let engine = try Self.restore(device, file.version, in: store, upkeep: upkeep)
        let ids = try Self.bundle(file.version, of: engine).preKeys.map(\.id)
        #expect(ids.sorted() == Array(1...30))
        let outstanding = try engine.change { machine, transaction throws(SessionError) in
            try machine.outstanding(in: transaction).map(\.value)
        }
        #expect(Set(outstanding).isSuperset(of: Version.allCases.map { .publishBundle($0) }))
        #expect(Set(outstanding).isSuperset(of: Version.allCases.map { .publishDeviceList($0) }))
    }

    @Test func aSecondDeviceAndANumberThatNoBundleHasAreRefused() throws {
        let file = RecordedFile.transcripts[1]
        let device = try #require(try file.devices().first)
        let store = MemoryStore()
        _ = try Self.restore(device, file.version, in: store, upkeep: Upkeep())
        let image = store.image
        #expect(throws: (any Error).self) {
            try Self.restore(device, file.version, in: store, upkeep: Upkeep())
        }
        #expect(store.image == image)
        let (jid, id) = (try BareJID("carol@example.org"), try DeviceID(7))
        for number in [UInt32(0), .max] {
            let empty = MemoryStore()
            #expect(throws: TransactionError<SessionError>.refused(.malformed)) {
                try empty.write { transaction throws(SessionError) in
                    let machine = try OMEMOMachine.restore(
                        jid, device: id, identity: .scalar(Self.secret(Array(repeating: 8, count: 32))), at: Self.now,
                        in: &transaction)
                    try machine.restorePreKey(
                        number, Self.secret(Array(repeating: 8, count: 32)), .v2, made: Self.now, in: &transaction)
                }
            }
            #expect(empty.image.isEmpty)
        }
    }
}

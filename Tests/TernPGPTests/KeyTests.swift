// Owns what happens to keys: made, published, taken or refused, backed up and restored.

import Foundation
import Testing

import TernCore
import TernCrypto
import TernPGP
import TernXML

@Suite(.serialized) struct KeyTests {
    private let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970) * 1000)

    @Test("A new key is small, of the right algorithms, and names its owner")
    func new() async throws {
        try await GnuPGRig.use { rig in
            let list = try String(
                decoding: rig.gpg("a", ["--with-colons", "--list-keys", rig.bobKey]), as: UTF8.self)
            let rows = list.split(separator: "\n").map { $0.split(separator: ":", omittingEmptySubsequences: false) }
            #expect(
                rows.filter { $0[0] == "pub" || $0[0] == "sub" }.map { $0[16] } == ["ed25519", "ed25519", "cv25519"])
            #expect(rows.filter { $0[0] == "sub" }.map { $0[11] } == ["s", "e"])
            #expect(rows.first { $0[0] == "uid" }?[9] == "xmpp\\x3abob@example.org")
            #expect(rig.identity.certificate.bytes.count < 750)
            let examined = try rig.workshop.examine(rig.identity.certificate.bytes, expecting: rig.identity.fingerprint)
                .get()
            #expect(examined.names(rig.bob) && !examined.names(rig.alice) && examined.canEncrypt)
        }
    }

    @Test("XEP-0373 §4: nodes as they are published, and as others publish them")
    func nodes() async throws {
        try await GnuPGRig.use { rig in
            let item = PublicKeyItem.publication(of: rig.identity.certificate, of: rig.bob, at: now)
            #expect(item.node.name == "urn:xmpp:openpgp:0:public-keys:\(rig.bobKey)" && item.access == .everybody)
            #expect(item.node.item == now.xmpp)
            #expect(
                try PublicKeyItem.bytes(in: [Item(id: nil, payload: item.payload)]) == rig.identity.certificate.bytes)

            let list = PublicKeyList([.init(rig.identity.fingerprint, date: now)]).publication(of: rig.bob)
            #expect(list.payload.only("pubkey-metadata")?["v4-fingerprint"] == rig.bobKey)
            let text = """
                <public-keys-list xmlns='urn:xmpp:openpgp:0'><pubkey-metadata v4-fingerprint='\(rig.bobKey.lowercased())' \
                date='2018-03-01T15:26:12Z'/><pubkey-metadata v4-fingerprint='\(rig.bobKey)' date='2018-03-01T15:26:12Z'/>\
                <pubkey-metadata v4-fingerprint='\(rig.aliceKey)' date='gestern'/><pubkey-metadata v4-fingerprint='12'/>\
                <pubkey-metadata/><other xmlns='urn:example'/></public-keys-list>
                """
            let read = try PublicKeyList([
                Item(id: "0", payload: Element("old", namespace: "x")),
                Item(id: "current", payload: XMLParser.parse(text)),
            ])
            #expect(read.entries.map(\.fingerprint.hex) == [rig.bobKey, rig.aliceKey] && read.refused == 3)
            #expect(read.entries[1].date == nil && read.deviations == [.date])
            #expect(PublicKeyItem.key(ofNode: "urn:xmpp:openpgp:0:public-keys") == nil)
            #expect(PublicKeyItem.key(ofNode: item.node.name.lowercased()) == rig.identity.fingerprint)
        }
    }

    @Test("What is no key of the account's is refused, each for its own reason")
    func refusals() async throws {
        try await GnuPGRig.use { rig in
            let alice = try rig.gpg("a", ["--export", rig.aliceKey])
            func refusal(_ bytes: [UInt8], _ expected: String? = nil) throws -> CertificateRefusal? {
                let key = try expected.map { try Fingerprint(hex: $0) }
                guard case .failure(let refusal) = try rig.workshop.examine(bytes, expecting: key) else { return nil }
                return refusal
            }
            #expect(try refusal(alice) == nil)
            #expect(try refusal(alice, rig.bobKey) == .fingerprint)
            #expect(try refusal([]) == .noKey)
            #expect(try refusal(Array("hello".utf8)) == .noKey)
            #expect(try refusal(Array(alice.dropLast(5))) == .noKey)
            #expect(try refusal(alice + rig.identity.certificate.bytes) == .several)
            #expect(try refusal(rig.gpg("a", ["--export-secret-keys", rig.aliceKey])) == .secret)
            #expect(try refusal(rig.gpg("a", ["-e", "-r", rig.bobKey], [1, 2, 3])) == .noKey)
            // a key of version 6: the same packet with another number in it
            var six = alice
            six[2] = 6
            #expect(try refusal(six) == .version(6))
            // a thousand times the same signature
            let signature = try #require(rig.lastPacket(alice) as [UInt8]?)
            let started = Date()
            #expect(try refusal(alice + Array((0..<1000).map { _ in signature }.joined())) == .flooded)
            #expect(try refusal(alice + [UInt8](repeating: 0, count: 1 << 20)) == .tooLarge)
            #expect(Date().timeIntervalSince(started) < 2)
            // RSA of 1024 bits
            try rig.gpg("a", ["--quick-generate-key", "weak@example.org", "rsa1024", "sign", "never"])
            #expect(try refusal(rig.gpg("a", ["--export", "weak@example.org"])) == .algorithm)
            // another owner: it is a key, and it is nobody's whom it does not name
            let other = try rig.generate("a", "Alice <alice@example.org>")
            #expect(try !rig.examine(other).names(rig.alice))
        }
    }

    @Test("Keys that were revoked or whose time is over are not used")
    func ended() async throws {
        try await GnuPGRig.use { rig in
            let short = try rig.generate("a", "xmpp:short@example.org")
            try rig.gpg("a", ["--quick-set-expire", short, "seconds=1"])
            try await Task.sleep(for: .seconds(2))
            let expired = try rig.examine(short)
            #expect(expired.expires.map { $0 <= Timestamp(milliseconds: now.milliseconds + 60_000) } == true)
            #expect(!expired.canEncrypt)
            let revoked = try rig.revoked(rig.aliceKey)
            let examined = try rig.workshop.examine(revoked).get()
            #expect(examined.isRevoked)
            let key = PGPKey(examined, of: rig.alice, trust: .verified, seen: now)
            #expect(key.fault(at: now, for: .ox) == .revoked)

            // also in a home that knew it before
            let signed = try rig.gpg("a", ["-b", "-u", rig.aliceKey], [1, 2, 3])
            let old = try rig.examine(rig.aliceKey).certificate
            #expect(try rig.workshop.verify(signed, of: [1, 2, 3], signers: [old]).signatures.first?.verdict == .good)
            let after = try rig.workshop.verify(signed, of: [1, 2, 3], signers: [old, examined.certificate])
            #expect(after.signatures.first?.verdict == .keyRevoked)

            // an older certificate does not undo it
            let sound = try rig.examine(rig.aliceKey)
            let store = MemoryStore()
            let peer = try store.write { transaction throws(SessionError) -> PGPPeer? in
                for each in [sound, examined, sound] {
                    _ = try PGPShelf.learn(
                        each, of: rig.alice, isGiven: false, policy: .blind, at: now, in: &transaction)
                }
                return try PGPShelf.peer(rig.alice, in: transaction)
            }
            #expect(peer?.keys.map(\.isRevoked) == [true])
            #expect(peer?.keys.map(\.trust) == [.firstUse])
        }
    }

    @Test("XEP-0373 §5: a backup has the code that was given, and no other opens it")
    func backup() async throws {
        try await GnuPGRig.use { rig in
            let typed = "TWNK-KD5Y-MT3T-E1GS-DRDB-KVTW"
            func code(_ text: String) throws -> BackupCode {
                try BackupCode(typed: SecretBytes(copying: Array(text.utf8)))
            }
            let backup = try rig.workshop.backUp(rig.identity, with: code(typed.lowercased().replacing("-", with: " ")))
            // plain gpg opens it with the code and its dashes, and finds an unprotected transferable secret key
            let opened = try rig.gpg("a", ["-d"], backup, passphrase: typed)
            try rig.gpg("a", ["--import"], opened)
            #expect(try !rig.gpg("a", ["--list-secret-keys", rig.bobKey]).isEmpty)

            let again = try rig.workshop.restore(backup, with: code(typed), at: now)
            #expect(again.fingerprint == rig.identity.fingerprint)
            #expect(throws: SessionError.notForThisDevice) {
                try rig.workshop.restore(backup, with: code("TWNK-KD5Y-MT3T-E1GS-DRDB-KVTX"), at: now)
            }
            for wrong in ["", "TWNK", "TWNK-KD5Y-MT3T-E1GS-DRDB-KVT0", typed + "1", "TWNK-KD5Y-MT3T-E1GS-DRDB-KVTÄ"] {
                #expect(throws: SessionError.malformed) { _ = try code(wrong) }
            }
            // what is in it is one key, and not something else
            let nonsense = try rig.gpg("a", ["-c"], Array("no key".utf8), passphrase: typed)
            #expect(throws: SessionError.malformed) { try rig.workshop.restore(nonsense, with: code(typed), at: now) }
            var entropy = SystemEntropy()
            let fresh = BackupCode(from: &entropy).passphrase.exposed()
            #expect(fresh.count == 29 && String(decoding: fresh, as: UTF8.self).split(separator: "-").count == 6)
        }
    }

    @Test("A secret key of another program, with a passphrase of its own")
    func secretKey() async throws {
        try await GnuPGRig.use { rig in
            let protected = try rig.generate("a", "xmpp:\(rig.bob)", passphrase: "open sesame")
            let bytes = try rig.gpg("a", ["--export-secret-keys", protected], passphrase: "open sesame")
            let secret = SecretBytes(copying: bytes)
            let taken = try rig.workshop.takeIdentity(
                secret, passphrase: SecretBytes(copying: Array("open sesame".utf8)), at: now)
            #expect(taken.fingerprint.hex == protected)
            #expect(throws: SessionError.notForThisDevice) {
                try rig.workshop.takeIdentity(secret, passphrase: SecretBytes(copying: Array("wrong".utf8)), at: now)
            }
            #expect(throws: SessionError.malformed) {
                try rig.workshop.takeIdentity(SecretBytes(copying: [1, 2, 3]), passphrase: nil, at: now)
            }
        }
    }

    @Test("A key in a person's own home is used there, and their keyring is left alone")
    func foreignHome() async throws {
        try await GnuPGRig.use { rig in
            let home = "\(rig.folder)/a"
            let before = try rig.gpg("a", ["--list-keys"])
            let identity = try rig.workshop.identity(
                inHome: home, key: try Fingerprint(hex: rig.aliceKey), at: now)
            let workshop = PGPWorkshop(within: rig.folder)
            var bob = PGPPeer()
            bob[rig.identity.fingerprint] = PGPKey(
                try rig.workshop.examine(rig.identity.certificate.bytes).get(), of: rig.bob, trust: .verified,
                seen: now,
                isGiven: true)
            defer { workshop.close() }
            let session = try PGPSession(
                account: rig.alice, with: .account(rig.bob), identity: identity,
                knowing: [
                    rig.bob: PGPCorrespondent(bob, policy: .blind)
                ], in: workshop)
            let sealed = try await run(session, at: now) { try $0.encrypt(.text("from my own"), at: now) }.last
            let stanza = try #require(sealed.outbound.first).stanza(id: "1")
            let incoming = Incoming(.element(stanza), from: JID(rig.alice), to: JID(rig.bob))
            let got = try await run(try rig.session(), at: now) { try $0.decrypt(incoming, at: now) }.last
            #expect(got.plaintext?.content.text == "from my own")
            #expect(try rig.gpg("a", ["--list-keys"]) == before)
            #expect(throws: SessionError.materialMissing) {
                try rig.workshop.identity(inHome: home, key: rig.identity.fingerprint, at: now)
            }
        }
    }
}

// libotr's own files, as Pidgin, profanity, irssi and mcabber keep them.

import Testing

import TernCore
import TernCrypto
import TernOTR

@Suite struct LibotrFilesTests {
    @Test("A key goes out under any program's names and comes back the same")
    func keys() throws {
        let alice = try BareJID("alice@example.org"), carol = try BareJID("carol@example.org")
        let keys = [try OTRPrivateKey.generate(for: alice), try OTRPrivateKey.generate(for: carol)]
        let names: [(String, String)] = [
            ("alice@example.org/Home \"x\" \\ é", "prpl-jabber"), ("alice@example.org", "xmpp"),
            ("alice@example.org/mcabber", "jabber"),
        ]
        for (name, network) in names {
            let file = try LibotrFiles.keys([(name, keys[0]), ("carol@example.org", keys[1])], network: network)
            let read = try LibotrFiles.keys(file)
            #expect(Set(read.map(\.account)) == [name, "carol@example.org"])
            #expect(read.allSatisfy { $0.network == network })
            let found = read.compactMap(\.key)
            #expect(Set(found.map(\.account)) == [alice, carol])
            #expect(Set(found.map(\.fingerprint)) == Set(keys.map(\.fingerprint)))
        }
        // another network's key is named and not taken
        let other = try LibotrFiles.keys([("alice", keys[0])], network: "prpl-irc")
        #expect(try LibotrFiles.keys(other).map { $0.key == nil } == [true])
    }

    @Test(arguments: ["", "(", "(privkeys", "(privkeys (account (name x)))", "\u{0}", "hello"])
    func damagedKeys(text: String) {
        #expect(throws: SessionError.self) {
            guard !(try LibotrFiles.keys(SecretBytes(copying: Array(text.utf8))).contains { $0.key != nil }) else {
                return
            }
            throw SessionError.malformed
        }
    }

    @Test func fingerprintsAndTags() throws {
        // as libotr writes them: tabs between, a note at the end
        let file = """
            bob@example.org\talice@example.org/Home\tprpl-jabber\t0011223344556677889900112233445566778899\tverified
            carol@example.org/x\talice@example.org/Home\tprpl-jabber\tffeeddccbbaa99887766554433221100ffeeddcc\t
            dave\talice\tprpl-irc\t00112233445566778899001122334455667788aa\tsmp

            """
        let entries = try LibotrFiles.fingerprints(Array(file.utf8))
        #expect(entries.map(\.trust) == [.verified, .firstUse, .verified])
        #expect(LibotrFiles.fingerprints(entries) == file)
        #expect(LibotrFiles.account(entries[1].peer, on: entries[1].network) == (try BareJID("carol@example.org")))
        #expect(LibotrFiles.account(entries[2].peer, on: entries[2].network) == nil)
        let tags = "# WARNING! something\nalice@example.org/Home\tprpl-jabber\t0123abcd\n"
        let read = try LibotrFiles.instanceTags(Array(tags.utf8))
        #expect(read.map(\.tag.value) == [0x0123_abcd])
        #expect(try LibotrFiles.instanceTags(Array(LibotrFiles.instanceTags(read).utf8)) == read)
        for bad in ["a\tb\tc\n", "a\tb\t000000ff\n", "a\tb\t12345\n", "a\tb\n"] {
            #expect(throws: SessionError.malformed) { try LibotrFiles.instanceTags(Array(bad.utf8)) }
        }
        for bad in ["a\tb\tc\td\n", "a\tb\tc\n", "a\tb\tc\t0011\tx\n", "\u{0}"] {
            #expect(throws: SessionError.malformed) { try LibotrFiles.fingerprints(Array(bad.utf8)) }
        }
    }
}

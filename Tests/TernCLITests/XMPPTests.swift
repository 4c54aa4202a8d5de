// Owns that `tern xmpp` does over a real server what it says. The server is Prosody, on loopback.

import Foundation
import Testing

import TernJSON
import TernTestKit

@Suite(.serialized) struct XMPPTests {
    /// From nothing to a message for somebody never seen, who is not there, in one command each.
    @Test(arguments: ["omemo", "omemo:0.3", "ox"]) func somebodyNeverSeenIsWrittenTo(scheme: String) throws {
        let place = try XMPPPlace("alice", "bob")
        defer { withExtendedLifetime(place) {} }
        if scheme == "ox" {
            for person in ["alice", "bob"] {
                #expect(try place.tern(person, ["pgp", "setup"]).status == 0)
                #expect(try place.xmpp(person, ["publish"]).status == 0)
            }
        }
        let sent = try place.xmpp("alice", ["send", "bob@tern.test", "--with", scheme, "--json"], input: "Hello")
        #expect(sent.status == 0, "\(sent.errors)")
        for line in sent.outputLines { #expect(try JSONOutputTests.check(line)["type"] == "sent") }
        #expect(!sent.output.contains("Hello"))
        #expect(try place.listen("bob", count: 1).texts() == ["Hello"])

        // and back, to somebody who is there
        let listener = try place.listen("alice", count: 1)
        let answer = try place.xmpp("bob", ["send", "alice@tern.test", "--with", scheme], input: "Hello yourself")
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(try listener.texts() == ["Hello yourself"])
    }

    /// A server that is killed and comes back: what is sent before and after comes, once.
    @Test func listeningSurvivesTheServer() throws {
        let place = try XMPPPlace("alice", "bob")
        defer { withExtendedLifetime(place) {} }
        let listener = try place.listen("bob", count: 3)
        #expect(try place.xmpp("alice", ["send", "bob@tern.test"], input: "1").status == 0)
        try listener.wait(for: "\"text\":\"1\"")
        place.server.kill()
        let failed = try place.xmpp("alice", ["send", "bob@tern.test"], input: "lost")
        #expect(failed.status == 10)
        try place.server.start()
        for text in ["2", "3"] {
            let sent = try place.xmpp("alice", ["send", "bob@tern.test"], input: text)
            #expect(sent.status == 0, "\(sent.errors)")
        }
        #expect(try listener.texts() == ["1", "2", "3"])
    }

    /// What the server has given out is nobody else's any more: it is printed, though more than was asked for.
    @Test func whatCameWithTheLastIsPrinted() throws {
        let place = try XMPPPlace("alice", "bob")
        defer { withExtendedLifetime(place) {} }
        for text in ["1", "2", "3"] {
            #expect(try place.xmpp("alice", ["send", "bob@tern.test"], input: text).status == 0)
        }
        #expect(try place.listen("bob", count: 1).texts().first == "1")
        #expect(try place.xmpp("alice", ["send", "bob@tern.test"], input: "4").status == 0)
        #expect(try place.listen("bob", count: 1).texts().last == "4")
    }

    @Test func whoeverAnnouncesNothingIsNotWrittenTo() throws {
        let place = try XMPPPlace("alice")
        defer { withExtendedLifetime(place) {} }
        let sent = try place.xmpp("alice", ["send", "nobody@tern.test"], input: "secret")
        #expect(sent.status == 5)
        let fetched = try place.xmpp("alice", ["fetch", "nobody@tern.test", "--json"])
        #expect(fetched.status == 5)
        for line in fetched.outputLines { try JSONOutputTests.check(line) }
        let log = try String(contentsOf: place.server.folder.appending(path: "prosody.log"), encoding: .utf8)
        #expect(!log.contains("secret"))
    }

    @Test func falseServersAndPasswordsAreRefused() throws {
        let place = try XMPPPlace("alice")
        defer { withExtendedLifetime(place) {} }
        try Data("wrong\n".utf8).write(to: place.folder.appending(path: "wrong"))
        let host = "127.0.0.1:\(place.server.port)"
        let wrong = try place.tern(
            "alice",
            [
                "xmpp", "check", "--host", host, "--ca", place.server.authority, "--password-file",
                place.folder.appending(path: "wrong").path,
            ])
        #expect(wrong.status == 11, "\(wrong.errors)")
        let untrusted = try place.tern(
            "alice", ["xmpp", "check", "--host", host, "--password-file", place.password])
        #expect(untrusted.status == 10)
        #expect(untrusted.errors.contains("certificate"))
        let again = try place.xmpp("alice", ["register"])
        #expect(again.status == 11)
        #expect(!(wrong.errors + untrusted.errors + again.errors).contains("pencil"))
        let checked = try place.xmpp("alice", ["check", "--json"])
        for line in checked.outputLines {
            #expect(try JSONOutputTests.check(line)["features"]?.array?.count == 3)
        }
    }

    /// A server that publishes for nobody: an error, and all of it goes on waiting.
    @Test func aServerWithoutPersonalEventsTakesNothing() throws {
        let place = try XMPPPlace()
        defer { withExtendedLifetime(place) {} }
        #expect(try place.tern("alice", ["account", "create", "alice@\(Prosody.domain)"]).status == 0)
        #expect(try place.xmpp("alice", ["register"]).status == 0)
        place.server.kill()
        let configuration = place.server.folder.appending(path: "prosody.cfg.lua")
        let text = try String(contentsOf: configuration, encoding: .utf8)
        try text.replacing("\"pep\"; ", with: "").write(to: configuration, atomically: true, encoding: .utf8)
        try place.server.start()
        let published = try place.xmpp("alice", ["publish"])
        #expect(published.status == 10)
        #expect(published.errors.contains("did not take everything"))
        let waiting = try place.tern("alice", ["outbox", "list"])
        // a list that could not be read is not replaced; what is the device's own waits to be published
        #expect(waiting.output.contains("fetch  alice@tern.test"))
        #expect(waiting.output.contains("bundles"))
        place.server.kill()
        try text.write(to: configuration, atomically: true, encoding: .utf8)
        try place.server.start()
        #expect(try place.xmpp("alice", ["publish"]).status == 0)
        let devices = try place.xmpp("alice", ["fetch", "alice@tern.test", "--json"])
        #expect(devices.status == 0)
    }
}

// Two people, each with a store in the folder that is named, and a message each way.

import Tern
import TernCore
import TernStore

let folder = CommandLine.arguments.dropFirst().first ?? "."
let server = Letterbox()

func account(_ name: String) async throws -> Account<AccountStore> {
    let jid = try BareJID(name)
    let store = try StoreFile.create(at: folder + "/" + name)
    let account = try Account(creating: jid, in: store, at: .now)
    try await account.carryOut(over: server.network(of: jid))  // publishes its keys
    return account
}

let alice = try await account("alice@example.org")
let bob = try await account("bob@example.org")
let here = alice.conversation(with: bob.jid, over: server.network(of: alice.jid))
let there = bob.conversation(with: alice.jid, over: server.network(of: bob.jid))

try await here.send("Hello")
for stanza in server.mail(of: bob.jid) { try await read(stanza, in: there) }
try await there.send("Hello yourself")
for stanza in server.mail(of: alice.jid) { try await read(stanza, in: here) }

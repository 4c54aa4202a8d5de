// What every command takes, and where a store is.

import ArgumentParser
import Foundation
import TernCore
import TernJSON
import Testing

@testable import TernCLI

@Suite struct GlobalOptionsTests {
    private func options(_ arguments: String...) throws -> GlobalOptions {
        let command = try TernTool.parseAsRoot(arguments)
        return try #require(command as? any TernCommand).options
    }

    @Test func theyMayStandBeforeOrAfterTheCommand() throws {
        for line in [
            ["--store", "a", "--lock-timeout", "0.5", "version"], ["version", "--store=a", "--lock-timeout=0.5"],
        ] {
            let command = try TernTool.parseAsRoot(line + ["--account", "Me@Example.org"])
            let options = try #require(command as? any TernCommand).options
            #expect(options.store == "a")
            #expect(options.lockTimeout.duration == .milliseconds(500))
            #expect(options.account?.description == "me@example.org")
        }
        #expect(try options("version").lockTimeout == .standard)
        #expect(try options("bench", "--json", "list").json)
    }

    @Test func whatOpensTheStoreIsOneThing() throws {
        #expect(try options("version").storeKey == .passphrase(.terminal))
        #expect(try options("version", "--passphrase-fd", "3").storeKey == .passphrase(.descriptor(3)))
        #expect(try options("version", "--passphrase-file", "f").storeKey == .passphrase(.file("f")))
        #expect(try options("version", "--key-file", "f").storeKey == .keyFile("f"))
        #expect(throws: (any Error).self) { try options("version", "--key-file", "f", "--passphrase-fd", "3") }
    }

    @Test(
        arguments: [
            ["--lock-timeout", "-1"], ["--lock-timeout", "nan"], ["--lock-timeout", "1e9"], ["--account", "a@b/c"],
            ["--account", ""], ["--passphrase-fd=-1"], ["--passphrase-fd", "x"], ["--quiet", "--verbose"],
        ])
    func whatMakesNoSenseIsRefused(_ arguments: [String]) throws {
        #expect(throws: (any Error).self) { try TernTool.parseAsRoot(["version"] + arguments) }
        let finished = try Command.tern(["version"] + arguments)
        #expect(finished.status == 2)
        #expect(finished.errors.hasPrefix("tern: error: "))
    }

    @Test func everyCommandAndFamilyHasThem() {
        func check(_ command: any ParsableCommand.Type) {
            #expect(command is any TernCommand.Type || command is any CommandFamily.Type, "\(command)")
            for child in command.configuration.subcommands { check(child) }
        }
        check(TernTool.self)
    }

    @Test func everyHelpHasAnExample() {
        func check(_ command: any ParsableCommand.Type) {
            #expect(command.configuration.discussion.contains("Example"), "\(command)")
            for child in command.configuration.subcommands { check(child) }
        }
        check(TernTool.self)
    }
}

@Suite struct ErrorCodeTests {
    @Test func everyExitCodeOfAFailureHasAWord() {
        for status in ExitStatus.allCases { #expect(status.codes.isEmpty == (status == .success), "\(status)") }
        #expect(Set(ExitStatus.allCases.map(\.rawValue)) == Set([130] + Array(0...18)))
    }

    @Test func theSchemaKnowsExactlyTheWords() throws {
        let schema = try JSONReader.read(
            [UInt8](Data(contentsOf: Command.root.appending(path: "docs/schema/error.json"))))
        let words = schema.object?["properties"]?.object?["code"]?.object?["enum"]?.array ?? []
        #expect(words.compactMap(\.string) == ErrorCode.allCases.map(\.rawValue))
    }
}

@Suite struct StoreLocationTests {
    private func location(_ option: String?, _ environment: [String: String]) throws -> StoreLocation {
        try StoreLocation(option, environment: { environment[$0] })
    }

    @Test func theOptionThenTheVariableThenTheDataFolder() throws {
        let all = ["TERN_STORE": "/t", "XDG_DATA_HOME": "/x", "HOME": "/h"]
        #expect(try location("o", all) == .folder("o"))
        #expect(try location("memory:", all) == .memory)
        #expect(try location(nil, all) == .folder("/t"))
        #expect(try location(nil, ["TERN_STORE": "memory:"]) == .memory)
        #expect(try location(nil, ["XDG_DATA_HOME": "/x/", "HOME": "/h"]) == .folder("/x/tern"))
        #expect(try location(nil, ["XDG_DATA_HOME": "x", "HOME": "/h"]) == .folder("/h/.local/share/tern"))
        #expect(try location(nil, ["HOME": "/h"]) == .folder("/h/.local/share/tern"))
    }

    @Test func withoutAnyItIsAMistakeOfUsage() {
        for (option, environment) in [("", ["HOME": "/h"]), (nil, [:]), (nil, ["HOME": "h"])]
            as [(String?, [String: String])]
        {
            let failure = #expect(throws: CommandFailure.self) { try location(option, environment) }
            #expect(failure?.code == .usage)
        }
    }
}

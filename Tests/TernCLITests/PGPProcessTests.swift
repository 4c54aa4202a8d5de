// What OpenPGP leaves behind when a process ends, in whatever way: nothing.

import Foundation
import TernJSON
import Testing

@Suite struct PGPProcessTests {
    /// The homes in a folder, and the agents that listen in one of them.
    private func left(in folder: String) -> (homes: [String], agents: [Int32]) {
        let homes = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
            $0.hasPrefix("tern-gpg")
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let agents = names.compactMap(Int32.init).filter { process in
            let line = (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? ""
            return line.contains("gpg-agent") && line.contains(folder)
        }
        return (homes, agents)
    }

    @Test(arguments: [SIGKILL, SIGTERM, SIGINT]) func theHomeGoesWithItsProcess(signal: Int32) throws {
        // short: a socket's name has 107 bytes
        let folder = "/tmp/tern-home-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let made = try Command.shell(
            """
            tern --store \(folder)/a account create alice@example.org --quiet > /dev/null \
            && tern --store \(folder)/a pgp setup --quiet > /dev/null
            """, environment: ["XDG_RUNTIME_DIR": folder])
        #expect(made.status == 0)
        #expect(left(in: folder).homes.isEmpty && left(in: folder).agents.isEmpty)

        let process = Process()
        process.executableURL = Command.folder.appending(path: "tern")
        process.arguments = ["--store", "\(folder)/a", "rpc", "--stdio"]
        process.environment = ProcessInfo.processInfo.environment.merging(["XDG_RUNTIME_DIR": folder]) { $1 }
        let (requests, answers) = (Pipe(), Pipe())
        process.standardInput = requests
        process.standardOutput = answers
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        // a signature, so that there is a home with a key in it, and an agent
        try Data("away".utf8).write(to: URL(filePath: "\(folder)/status"))
        let request =
            #"{"jsonrpc":"2.0","id":1,"method":"pgp.sign","params":{"file":"\#(folder)/status"}}"# + "\n"
        try requests.fileHandleForWriting.write(contentsOf: Data(request.utf8))
        var text = ""
        while !text.contains("\n") {
            var wait = pollfd(fd: answers.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&wait, 1, 60_000) == 1 else { break }
            let chunk = answers.fileHandleForReading.availableData
            guard !chunk.isEmpty else { break }
            text += String(decoding: chunk, as: UTF8.self)
        }
        #expect(text.contains("jabber:x:signed"), "\(text)")
        #expect(left(in: folder).homes.count == 1 && left(in: folder).agents.count == 1)

        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        let end = Date().addingTimeInterval(30)
        while !left(in: folder).homes.isEmpty || !left(in: folder).agents.isEmpty, Date() < end { usleep(20_000) }
        #expect(left(in: folder).homes.isEmpty && left(in: folder).agents.isEmpty)
    }
}

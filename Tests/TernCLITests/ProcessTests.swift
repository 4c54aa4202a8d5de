// What a process inherits and what ends it: signals, closed descriptors, pipes, names of files.

import Foundation
import TernJSON
import Testing

@Suite struct ProcessTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tern-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func shell(_ line: String) throws -> Finished {
        defer { try? FileManager.default.removeItem(at: folder) }
        return try Command.shell("d='\(folder.path)'; " + line)
    }

    /// The report is longer than what a pipe holds: the command is still at it when the first line has been read.
    private static let interrupted = #"""
        mkfifo "$d/out"
        exec 4<> "$d/out"
        tern vectors run --json > "$d/out" & pid=$!
        read -r line <&4
        kill -INT $pid
        """#

    @Test func anInterruptionIsExit130AndKeepsWhatWasPrinted() throws {
        // a shell without job control has its background ignore interruptions: env(1) undoes that
        let line = Self.interrupted.replacing("tern vectors", with: "env --default-signal=INT tern vectors")
        let finished = try shell(
            line + "\n" + #"wait $pid; echo $?; echo end >&4; sed '/^end$/q' <&4 > "$d/rest"; cat "$d/rest""#)
        #expect(finished.outputLines.first == "130")
        #expect(finished.outputLines.last == "end")
        for line in finished.outputLines.dropFirst().dropLast() { try JSONOutputTests.check(line) }
    }

    @Test func anInterruptionThatWasIgnoredStaysIgnored() throws {
        let line = Self.interrupted.replacing("tern vectors", with: "env --ignore-signal=INT tern vectors")
        let finished = try shell(line + "\n" + #"sed '/"summary"/q' <&4; wait $pid; echo $?"#)
        #expect(finished.outputLines.last == "0")
        let summary = try JSONOutputTests.check(try #require(finished.outputLines.dropLast().last))
        #expect(summary["failed"] == 0)
    }

    @Test func closedOutputIsSaidToBeClosed() throws {
        let finished = try shell("tern version >&-")
        #expect(finished.status == 16)
        #expect(finished.errorLines == ["tern: error: cannot write the output: standard output is closed"])
        #expect(try Command.shell("tern version > /dev/full").errors.contains("no space left"))
        #expect(try Command.shell("tern --help >&-").status == 16)
        #expect(try Command.shell("tern version 2>&-").status == 0)
        #expect(try Command.shell("tern vectors run - <&-").status == 16)
    }

    @Test func aClosedPipeIsExit141OfTheShell() throws {
        let finished = try shell(#"(tern vectors run --json; echo $? > "$d/status") | true; cat "$d/status""#)
        #expect(finished.output == "141\n")
        #expect(finished.errors.isEmpty)
    }

    @Test func aNamedPipeIsNotWaitedFor() throws {
        let finished = try shell(#"mkfifo "$d/p.json"; timeout 10 tern vectors run "$d/p.json""#)
        #expect(finished.status == 2)
        #expect(finished.errors.contains("p.json: neither a file nor a pipe of the shell"))
    }

    @Test func aPipeOfTheShellIsRead() throws {
        let finished = try shell("bash -c 'tern vectors run <(cat TestVectors/rfc/rfc5869.json)'")
        #expect(finished.status == 0, "\(finished.errors)")
    }

    @Test func namesThatAreNotUTF8AreFound() throws {
        let line = #"cp TestVectors/rfc/rfc5869.json "$(printf "$d/a\351b.json")"; "#
        let named = try shell(
            line + #"tern vectors run "$(printf "$d/a\351b.json")"; tern vectors run --quiet "$d"; echo $?"#)
        #expect(named.output.contains(#"a\xe9b.json"#))
        #expect(named.outputLines.last == "0")
        #expect(named.errors.isEmpty)
    }

    @Test func anEmptyPathIsSaidToBeOne() throws {
        let finished = try shell("tern vectors run --quiet ''")
        #expect(finished.status == 2)
        #expect(finished.errorLines == ["tern: error: an empty path names no file"])
    }

    @Test func aProgramThatNamesNoCommandIsToldSo() throws {
        for line in ["tern --json", "tern vectors --json", "tern --json bench"] {
            let finished = try Command.shell(line)
            #expect(finished.status == 2)
            #expect(finished.output.isEmpty)
            let object = try JSONOutputTests.check(try #require(finished.errorLines.first))
            #expect(object["code"] == "usage")
        }
        let help = try Command.shell("tern --json --help")
        #expect(help.status == 0)
        #expect(help.output.hasPrefix("OVERVIEW: "))
    }

    /// Who writes a line and waits for what comes of it is answered before writing the next.
    @Test func linesAreAnsweredOneByOne() throws {
        let finished = try shell(
            #"""
            tern --store "$d/s" account create a@example.org --quiet > /dev/null 2>&1
            mkfifo "$d/in" "$d/out"
            tern --store "$d/s" encrypt --json-lines < "$d/in" > "$d/out" & pid=$!
            exec 5> "$d/in" 6< "$d/out"
            for text in one two three; do
                echo "{\"to\":\"b@example.org\",\"text\":\"$text\"}" >&5
                timeout 30 sh -c 'read -r line <&6; echo "$line"'
            done
            exec 5>&-
            wait $pid; echo $?
            """#)
        #expect(finished.outputLines.count == 4)
        for (place, line) in finished.outputLines.dropLast().enumerated() {
            #expect(try JSONOutputTests.check(line)["line"]?.integer == place + 1)
        }
        #expect(finished.outputLines.last == "5")
    }
}

// One object a line: what is none is told with its line, and does not end the reading.

import Foundation
import TernJSON
import Testing

@testable import TernCLI

@Suite struct JSONLineReaderTests {
    private func file(_ text: String) throws -> Captured {
        let file = try Captured()
        try Data(text.utf8).write(to: file.place)
        return file
    }

    @Test func objectsAreReadOneByOne() throws {
        let file = try file("{\"a\":1}\r\n\n  \n{\"a\":2}")
        var reader = try JSONLineReader(file.place.path, .process)
        #expect(try reader.next()?.object()["a"]?.integer == 1)
        #expect(try reader.next()?.object()["a"]?.integer == 2)
        #expect(reader.number == 4)
        #expect(try reader.next()?.number == nil)
        #expect(try reader.next()?.number == nil)
    }

    @Test func aLineThatIsNoObjectIsToldAndTheNextIsRead() throws {
        let file = try file("{\"a\":\n[]\n{\"a\":1,\"a\":2}\n" + String(repeating: "[", count: 99) + "\n{}\n")
        var reader = try JSONLineReader(file.place.path, .process)
        for (number, code) in [(1, ErrorCode.malformed), (2, .malformed), (3, .malformed), (4, .limitExceeded)] {
            do throws(CommandFailure) {
                _ = try reader.next()?.object()
                Issue.record("line \(number) was read")
            } catch {
                #expect(error.code == code)
                #expect(error.message.contains(", line \(number): "))
            }
        }
        #expect(try reader.next()?.object() == JSONObject())
    }

    @Test func aLineTooLongIsALimit() throws {
        let file = try file("{}\n\"" + String(repeating: "x", count: JSONLineReader.lineLimit) + "\"\n")
        var reader = try JSONLineReader(file.place.path, .process)
        #expect(try reader.next()?.object() == JSONObject())
        do throws(CommandFailure) {
            _ = try reader.next()
            Issue.record("the line was read")
        } catch {
            #expect(error.status == .limitExceeded)
        }
    }

    @Test func whatIsNotThereIsAMistakeOfUsage() {
        do throws(CommandFailure) {
            _ = try JSONLineReader("/none", .process)
            Issue.record("it was opened")
        } catch {
            #expect(error.status == .usage)
        }
    }
}

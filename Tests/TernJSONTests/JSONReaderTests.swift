// A document is read within its limits, and an object finds its members however many there are.

import TernJSON
import Testing

@Suite struct JSONReaderTests {
    private func failure(_ text: String, _ limits: JSONLimits = .standard) -> JSONError? {
        do throws(JSONError) {
            _ = try JSONReader.read(Array(text.utf8), limits: limits)
            return nil
        } catch {
            return error
        }
    }

    @Test func depthIsBoundedAndItsPlaceTold() {
        let limits = JSONLimits(depth: 2, values: 100)
        #expect(failure("[[1]]", limits) == nil)
        #expect(failure(" [{\"a\":[]}]", limits) == JSONError.at(.tooDeep, 7))
        #expect(failure("[\"[[[[\\\"[[\"]", limits) == nil)
    }

    @Test func valuesAreCountedWithTheirNames() {
        let limits = JSONLimits(depth: 9, values: 6)
        #expect(failure("[1,2,3,4,5]", limits) == nil)
        #expect(failure("[1,2,3,4,5,6]", limits)?.reason == .tooManyValues)
        #expect(failure("{\"a\":1,\"b\":2}", limits) == nil)
        #expect(failure("{\"a\":1,\"b\":2,\"c\":3}", limits)?.reason == .tooManyValues)
        #expect(failure("[\",,,,,,,,,\"]", limits) == nil)
    }

    @Test func aMessageHasAPlaceWhereThereIsOne() {
        #expect(failure("[1,}")?.text == "something that cannot stand here, at byte 4")
    }

    @Test func anObjectOfManyMembersIsLikeOneOfFew() throws {
        var object = JSONObject()
        for number in 0..<100 { object["n\(number)"] = .number(String(number)) }
        #expect(object.names == (0..<100).map { "n\($0)" })
        for number in stride(from: 0, to: 100, by: 2) { object["n\(number)"] = nil }
        #expect(object["n50"] == nil)
        #expect(object["n51"]?.integer == 51)
        object["n51"] = "new"
        object["last"] = true
        #expect(object["n51"] == "new")
        #expect(object.names.last == "last")
        #expect(object == JSONObject(object.members))
        for name in object.names { object[name] = nil }
        #expect(object == JSONObject())
    }
}

extension JSONError {
    /// The failure as the reader throws it: only the reader makes one.
    fileprivate static func at(_ reason: Reason, _ offset: Int) -> (Reason, Int) { (reason, offset) }
}

private func == (failure: JSONError?, wanted: (JSONError.Reason, Int)) -> Bool {
    failure?.reason == wanted.0 && failure?.offset == wanted.1
}

// Owns what a check gave, for people and programs. It must not know what was checked.

internal import TernJSON

/// What a check gave.
struct DoctorCheck {
    let name: String
    let text: String
    let isWarning: Bool
    let failure: CommandFailure?

    init(_ name: String, _ text: String, isWarning: Bool = false) {
        (self.name, self.text, self.isWarning, failure) = (name, text, isWarning, nil)
    }

    init(_ name: String, failure: CommandFailure) {
        (self.name, text, isWarning, self.failure) = (name, failure.message, false, failure)
    }

    /// How it went, in a word.
    var word: String { failure == nil ? (isWarning ? "warning" : "ok") : "error" }

    /// For programs.
    var object: JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "check"
        object["name"] = .string(name)
        object["result"] = .string(word)
        object["text"] = .string(text)
        if let failure {
            object["code"] = .string(failure.code.rawValue)
            object["exit"] = .number(String(failure.status.rawValue))
        }
        return object
    }
}

// Owns `tern otr policy`.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOTR

/// `tern otr policy`.
struct OTRPolicyCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Say which versions are spoken with somebody, and what starts a conversation.",
        discussion: """
            Version 3 is spoken, and a query is answered, with whoever a conversation was begun with, and nothing with \
            strangers. profanity up to 0.13 speaks version 2 alone.

            Example:
              tern otr policy bob@example.org --versions 2,3
            """)

    @Option(
        help: ArgumentHelp("The versions: 3, 2 or 2,3.", valueName: "list"), transform: OTRPolicyCommand.versions)
    var versions: Set<OTRVersion>?

    @Option(
        help: ArgumentHelp("What of theirs starts a conversation: nothing, queries or tags.", valueName: "what"),
        transform: OTRPolicyCommand.answers)
    var answer: OTRPolicy.Answers?

    @Option(help: ArgumentHelp("The longest message that their network carries; 0 for any.", valueName: "bytes"))
    var longest: Int?

    @Argument(help: ArgumentHelp("With whom.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        let (versions, answer, longest) = (versions, answer, longest)
        let policy: OTRPolicy
        do throws(SessionError) {
            policy = try await account.otr(change: jid) { settings in
                let before = settings.policy
                settings.policy = OTRPolicy(
                    versions: versions ?? before.versions, answers: answer ?? before.answers,
                    longestMessage: longest.map { $0 > 0 ? $0 : nil } ?? before.longestMessage)
            }.policy
        } catch {
            throw CommandFailure(otr: error)
        }
        let numbers = policy.versions.sorted().map { String($0.rawValue) }
        if console.json {
            var object = JSONObject()
            object["v"] = 1
            object["type"] = "otrPolicy"
            object["jid"] = .string(jid.description)
            object["versions"] = .array(numbers.map { .number($0) })
            object["answers"] = .string(policy.answers.name)
            if let longest = policy.longestMessage { object["longest"] = .number(String(longest)) }
            console.print(.object(object))
        } else {
            let pieces = policy.longestMessage.map { ", pieces of \($0) bytes" } ?? ""
            console.print(
                "\(safe(jid.description))  version \(numbers.joined(separator: ", ")), answers \(policy.answers.name)\(pieces)"
            )
        }
        return .success
    }

    private static func versions(_ text: String) throws -> Set<OTRVersion> {
        let parts = text.split(separator: ",").map { UInt8($0).flatMap(OTRVersion.init(rawValue:)) }
        guard !parts.isEmpty, !parts.contains(nil) else { throw ValidationError("There are the versions 2 and 3") }
        return Set(parts.compactMap(\.self))
    }

    private static func answers(_ text: String) throws -> OTRPolicy.Answers {
        guard let answers = [OTRPolicy.Answers.nothing, .queries, .tags].first(where: { $0.name == text }) else {
            throw ValidationError("There is nothing, queries and tags")
        }
        return answers
    }
}

extension OTRPolicy.Answers {
    fileprivate var name: String {
        switch self {
        case .nothing: "nothing"
        case .queries: "queries"
        case .tags: "tags"
        }
    }
}

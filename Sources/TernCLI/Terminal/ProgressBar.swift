// Owns showing how far something is: a bar for a person, objects for a program. It must not know what is done.

internal import TernJSON

/// The progress of one piece of work.
final class ProgressBar {
    private let console: Console
    private let task: String
    /// How much there is to be done, where that is known.
    private let total: Int?
    private let unit: Unit
    private let start = ContinuousClock.now
    private var last: ContinuousClock.Instant
    private var done = 0
    private var isDrawn = false

    /// What is done sooner is not worth a bar.
    private static let patience = Duration.milliseconds(500)
    private static let interval = Duration.milliseconds(100)
    private static let width = 24

    /// What is counted.
    enum Unit {
        case pieces
        case bytes
    }

    init(_ console: Console, task: String, total: Int?, unit: Unit = .pieces) {
        self.console = console
        self.task = task
        self.total = total
        self.unit = unit
        last = start
    }

    /// Counts what was done.
    func advance(by count: Int = 1) {
        done += count
        guard console.progress != .none else { return }
        let now = ContinuousClock.now
        guard now - start > ProgressBar.patience, now - last > ProgressBar.interval else { return }
        last = now
        show(now)
    }

    /// Removes the bar; programs get the last object.
    func finish() {
        if isDrawn { console.draw("\r\u{1b}[K") }
        if console.progress == .json { show(ContinuousClock.now) }
    }

    private func show(_ now: ContinuousClock.Instant) {
        let elapsed = max((now - start) / .seconds(1), 0.000_001)
        let rate = Int(Double(done) / elapsed)
        switch console.progress {
        case .none: break
        case .json:
            var object = JSONObject()
            object["v"] = 1
            object["type"] = "progress"
            object["task"] = .string(task)
            object["done"] = .number(String(done))
            if let total { object["total"] = .number(String(total)) }
            object["perSecond"] = .number(String(rate))
            if let total { object["secondsLeft"] = .number(String(rate > 0 ? max(0, total - done) / rate : 0)) }
            console.draw(JSONValue.object(object).text + "\n")
        case .auto:
            guard console.canDraw else { return }
            isDrawn = true
            guard let total else { return console.draw("\r\u{1b}[K\(task) \(words(done)), \(words(rate))/s") }
            let left = rate > 0 ? max(0, total - done) / rate : 0
            let filled = total > 0 ? min(done, total) * ProgressBar.width / total : 0
            let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: ProgressBar.width - filled)
            console.draw("\r\u{1b}[K\(task) [\(bar)] \(words(done))/\(words(total)), \(words(rate))/s, \(left) s left")
        }
    }

    private func words(_ number: Int) -> String {
        unit == .pieces ? String(number) : "\(number >> 20) MiB"
    }
}

// Owns showing how far something is: a bar for a person, objects for a program. It must not know what is done.

internal import TernJSON

/// The progress of one piece of work.
final class ProgressBar {
    private let console: Console
    private let task: String
    private let total: Int
    private let start = ContinuousClock.now
    private var last: ContinuousClock.Instant
    private var done = 0
    private var isDrawn = false

    /// What is done sooner is not worth a bar.
    private static let patience = Duration.milliseconds(500)
    private static let interval = Duration.milliseconds(100)
    private static let width = 24

    init(_ console: Console, task: String, total: Int) {
        self.console = console
        self.task = task
        self.total = total
        last = start
    }

    /// Counts one more.
    func advance() {
        done += 1
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
        let left = rate > 0 ? (total - done) / rate : 0
        switch console.progress {
        case .none: break
        case .json:
            let object: JSONValue = [
                "v": 1, "type": "progress", "task": .string(task), "done": .number(String(done)),
                "total": .number(String(total)), "perSecond": .number(String(rate)),
                "secondsLeft": .number(String(left)),
            ]
            console.draw(object.text + "\n")
        case .auto:
            guard console.canDraw else { return }
            isDrawn = true
            let filled = total > 0 ? done * ProgressBar.width / total : 0
            let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: ProgressBar.width - filled)
            console.draw("\r\u{1b}[K\(task) [\(bar)] \(done)/\(total), \(rate)/s, \(left) s left")
        }
    }
}

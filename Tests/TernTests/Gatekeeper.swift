// Owns when work is done: not before a test says so. It must not know what a test is about.

import Synchronization
import Tern
import TernCore

/// Lets jobs wait between ``close()`` and ``open()``; one at a time.
final class Gatekeeper: Sendable {
    private struct Gate {
        let opening = AsyncStream<Void>.makeStream()
        let arrival = AsyncStream<Void>.makeStream()
    }

    private let gate = Mutex<Gate?>(nil)

    /// Whoever works.
    var runner: JobRunner {
        JobRunner { job in
            if let gate = self.gate.withLock({ $0 }) {
                gate.arrival.continuation.finish()
                for await _ in gate.opening.stream {}
            }
            return job.run()
        }
    }

    /// The next job waits.
    func close() { gate.withLock { $0 = Gate() } }

    /// Waits until a job does.
    func waitForJob() async {
        guard let gate = gate.withLock({ $0 }) else { return }
        for await _ in gate.arrival.stream {}
    }

    /// Lets it go on.
    func open() {
        gate.withLock { gate in
            gate?.opening.continuation.finish()
            gate = nil
        }
    }
}

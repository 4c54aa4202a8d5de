// Owns the way of a computation to another thread and back, with what goes along.

import Testing

import TernCore

@Suite struct JobTests {
    /// Something that has one owner, as a handle of a C library has.
    struct Handle: ~Copyable, Sendable {
        var uses = 0
    }

    private func make() -> (Job, Assignment<Handle, Handle>) {
        let assignment = Assignment<Handle, Handle>(handing: Handle()) { handle in
            var handle = handle
            handle.uses += 1
            return handle
        }
        return (assignment.job(.verification), assignment)
    }

    private func uses(_ assignment: Assignment<Handle, Handle>) -> (uses: Int, wasRun: Bool)? {
        switch assignment.take() {
        case .done(let handle)?: (handle.uses, true)
        case .abandoned(let handle)?: (handle.uses, false)
        case nil: nil
        }
    }

    @Test("What goes along comes back, once")
    func comesBack() async throws {
        let (job, assignment) = make()
        #expect(uses(assignment) == nil)
        let receipt = await Task.detached { job.run() }.value
        #expect(assignment.matches(receipt))
        #expect(try #require(uses(assignment)) == (1, true))
        #expect(uses(assignment) == nil)
    }

    @Test("A job is run once, however often it is called")
    func runsOnce() throws {
        let (job, assignment) = make()
        _ = job.run()
        _ = job.run()
        _ = job.abandon()
        #expect(try #require(uses(assignment)) == (1, true))
        _ = job.run()
        #expect(uses(assignment) == nil)
    }

    @Test("A job that is given back gives back what went along, and cannot be run")
    func abandoned() throws {
        let (job, assignment) = make()
        #expect(assignment.matches(job.abandon()))
        _ = job.run()
        #expect(try #require(uses(assignment)) == (0, false))
    }

    @Test("A receipt belongs to one assignment")
    func receipts() {
        let ((one, first), (_, second)) = (make(), make())
        let receipt = one.run()
        #expect(first.matches(receipt))
        #expect(!second.matches(receipt))
    }
}

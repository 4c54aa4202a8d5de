// Proves that a scan sees what it is to see: without these controls, a clean memory proves nothing.

import TernCrypto
import Testing

@Suite struct ScannerTests {
    @Test func findsLivingSecretOnceAndDeadSecretNever() async {
        await #expect(processExitsWith: .success) {
            Suspect.run { suspect in
                let recipe = Recipe()
                let needles = [recipe.needle()]
                #expect(suspect.count(of: needles[0]) == 0)
                suspect.buried {
                    let secret: Secret<32> = recipe.secret()
                    #expect(suspect.count(of: needles[0]) == 1)
                    let count = secret.span.count  // it lives until here
                    #expect(count == 32)
                }
                #expect(suspect.residues(of: needles)[0].isEmpty)
            }
        }
    }

    @Test func findsTwinsTwice() async {
        await #expect(processExitsWith: .success) {
            Suspect.run { suspect in
                let recipe = Recipe()
                let needles = [recipe.needle()]
                suspect.buried {
                    let secret: Secret<32> = recipe.secret()
                    let twin = secret.duplicate()
                    let found = suspect.count(of: needles[0])
                    #expect(found == 2, "found \(found) times")
                    let areEqual = secret.equals(twin)
                    #expect(areEqual)
                }
                #expect(suspect.residues(of: needles)[0].isEmpty)
            }
        }
    }

    /// The allocator writes over the first bytes of what it takes back: words are found, the whole is not.
    @Test func findsMemoryThatWasFreedUnwiped() async {
        await #expect(processExitsWith: .success) {
            Suspect.run { suspect in
                let recipe = Recipe()
                let needles = [recipe.needle()]
                suspect.buried { leakIntoHeap(recipe) }
                let residue = suspect.residues(of: needles)[0]
                #expect(!residue.isEmpty)
                #expect(residue.allSatisfy { $0.depth == nil })
            }
        }
    }

    @Test func findsDeadStack() async {
        await #expect(processExitsWith: .success) {
            Suspect.run { suspect in
                let recipe = Recipe()
                let needles = [recipe.needle()]
                suspect.buried { leakIntoStack(recipe) }
                let residue = suspect.residues(of: needles)[0]
                #expect(residue.contains { $0.depth != nil }, "\(residue)")
            }
        }
    }

    @Test func burningRemovesDeadStack() async {
        await #expect(processExitsWith: .success) {
            Suspect.run { suspect in
                let recipe = Recipe()
                let needles = [recipe.needle()]
                suspect.buried {
                    leakIntoStack(recipe)
                    Memory.burnStack()
                }
                #expect(suspect.residues(of: needles)[0].map(\.description) == [])
            }
        }
    }
}

@inline(never)
private func leakIntoHeap(_ recipe: Recipe) {
    let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 32)
    unsafe memory.initialize(repeating: 0)
    var bytes = unsafe MutableSpan(_unsafeElements: memory)
    recipe.write(into: &bytes)
    unsafe memory.deallocate()
}

@inline(never)
private func leakIntoStack(_ recipe: Recipe) {
    // the lower part: what runs before the return may write over the upper one
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 512) { memory in
        unsafe memory.initialize(repeating: 0)
        var bytes = unsafe MutableSpan(_unsafeElements: memory.extracting(..<32))
        recipe.write(into: &bytes)
    }
}

// The handles that each thread keeps: no thread disturbs another, and none leaves its handles behind.

internal import CGcrypt
internal import Glibc
import Synchronization
import TernCrypto
import Testing

@Suite struct ThreadTests {
    @Test func threadsDoNotDisturbEachOther() async {
        await #expect(processExitsWith: .success) {
            let work = Work()
            let expected = (0..<8).map { work.result($0) }
            let wrong = Mutex<[Int]>([])
            onThreads(8) { thread in
                for _ in 0..<300 where work.result(thread) != expected[thread] {
                    wrong.withLock { $0.append(thread) }
                }
            }
            let threads = wrong.withLock { $0 }
            #expect(threads == [])
            #expect(Set(expected).count == 8)
        }
    }

    @Test func threadsCloseTheirHandles() async {
        await #expect(processExitsWith: .success) {
            let work = Work()
            for _ in 0..<20 { onThreads(8) { _ = work.result($0) } }
            let before = residentBytes()
            #expect(before > 0)
            for _ in 0..<200 { onThreads(8) { _ = work.result($0) } }
            let growth = residentBytes() - before
            // 1,600 threads with six handles each: unclosed, they are more than 10 MiB
            #expect(growth < 2 << 20, "\(growth) bytes more")
        }
    }
}

/// Uses each kind of handle, with keys that differ between threads.
private struct Work: Sendable {
    func result(_ thread: Int) -> [UInt8] {
        var result: [UInt8] = []
        do {
            for keyLength in [16, 24, 32] {
                let key = [UInt8](repeating: UInt8(thread), count: keyLength)
                let vector = [UInt8](repeating: UInt8(thread + 100), count: 16)
                let text = [UInt8](repeating: 0x61, count: 100 + thread)
                let ciphertext = try AESCBC.encrypt(text.span, key: key.span, iv: vector.span)
                let sealed = try AESGCM.seal(text.span, key: key.span, nonce: vector.span)
                guard try AESCBC.decrypt(ciphertext.span, key: key.span, iv: vector.span) == text else { return [] }
                let opened = try AESGCM.open(
                    sealed.ciphertext.span, tag: sealed.tag.span, key: key.span, nonce: vector.span)
                guard opened == text else { return [] }
                let code = HMACSHA256.code(key: key.span, ciphertext.span)
                result += ciphertext + sealed.ciphertext + sealed.tag.array
                result += try FixedBytes<32>(code.span).array
            }
        } catch {
            return []
        }
        return result
    }
}

private final class Start {
    let index: Int
    let body: (Int) -> Void

    init(_ index: Int, _ body: @escaping (Int) -> Void) {
        self.index = index
        self.body = body
    }
}

/// Runs `body` on `count` threads at once, and returns when they have ended.
private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    var threads: [pthread_t] = []
    for index in 0..<count {
        var thread = pthread_t()
        let start = unsafe Unmanaged.passRetained(Start(index, body))
        let failure = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                start.body(start.index)
                return nil
            }, start.toOpaque())
        precondition(failure == 0, "no thread")
        threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
}

/// The second number of /proc/self/statm: pages in memory.
private func residentBytes() -> Int {
    let file = unsafe open("/proc/self/statm", O_RDONLY)
    defer { close(file) }
    var text = [UInt8](repeating: 0, count: 200)
    let count = unsafe read(file, &text, text.count)
    let numbers = String(decoding: text.prefix(max(count, 0)), as: UTF8.self).split(separator: " ")
    return numbers.count > 1 ? (Int(numbers[1]) ?? 0) * Int(getpagesize()) : 0
}

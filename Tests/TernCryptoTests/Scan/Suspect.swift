// Owns the thread on which suspected code runs, on a stack of known and clean memory, while another thread scans.
// It must not know what the code does.

internal import CGcrypt  // its headers are where the compiler files `pthread_attr_t`
internal import Glibc
import TernCrypto

/// Runs code, and lets another thread scan in the middle of it.
///
/// Whatever the suspect's thread itself did in order to look would overwrite its dead stack. A question is therefore two
/// system calls on that thread; needles are made, cut and sought on the other one.
@safe
final class Suspect: @unchecked Sendable {
    private let body: (Suspect) -> Void
    private let stack: UnsafeMutableRawPointer
    private var toScanner: (read: CInt, write: CInt) = (-1, -1)
    private var toSuspect: (read: CInt, write: CInt) = (-1, -1)
    private var question = Question.residue
    private var shown: UnsafeRawBufferPointer?
    private var needles: [Needle] = []
    private var residues: [[Residue]] = []
    private var count = 0
    private var frame: UInt = 0

    private enum Question { case learn, count, residue, reach }

    /// Runs `body` to its end; each question that it asks is answered by the calling thread.
    static func run(_ body: @escaping (Suspect) -> Void) {
        Suspect(body).run()
    }

    private init(_ body: @escaping (Suspect) -> Void) {
        self.body = body
        unsafe stack = mmap(nil, Self.stackLength, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        toScanner = Self.makePipe()
        toSuspect = Self.makePipe()
    }

    private func run() {
        let scanner = MemoryScanner()
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setstack(&attributes, stack, Self.stackLength)
        var thread = pthread_t()
        let failure = unsafe pthread_create(
            &thread, &attributes,
            { context in
                guard let context = unsafe context else { return nil }
                let suspect = unsafe Unmanaged<Suspect>.fromOpaque(context).takeUnretainedValue()
                suspect.body(suspect)
                close(suspect.toScanner.write)
                return nil
            }, Unmanaged.passUnretained(self).toOpaque())
        precondition(failure == 0, "no thread")
        while Self.take(toScanner.read) {
            answer(with: scanner)
            Self.put(toSuspect.write)
        }
        pthread_join(thread, nil)
        close(toScanner.read)
        close(toSuspect.read)
        close(toSuspect.write)
    }

    private func answer(with scanner: MemoryScanner) {
        switch question {
        case .learn:
            guard let shown = unsafe shown else { return }
            needles = unsafe [Needle(Span(_unsafeBytes: shown))]
        case .count:
            count = scanner.addresses(of: needles[0]).count
        case .residue:
            residues = needles.map { needle in
                needle.words.enumerated().flatMap { index, word in
                    scanner.addresses(of: word).map { Residue(word: index, depth: depth(of: $0)) }
                }
            }
        case .reach:
            let base = unsafe UInt(bitPattern: stack)
            let dead = unsafe UnsafeRawBufferPointer(start: stack, count: Int(frame - base))
            count = unsafe dead.count - (dead.firstIndex { $0 != Self.paint } ?? dead.count)
        }
    }

    /// Describes the bytes of `secret`.
    @inline(never)
    func needle(for secret: Span<UInt8>) -> Needle {
        unsafe secret.withUnsafeBytes { bytes in
            unsafe shown = bytes
            ask(.learn)
            unsafe shown = nil
        }
        return needles[0]
    }

    /// Describes a secret and ends its life.
    func needle<let count: Int>(of secret: consuming Secret<count>) -> Needle {
        needle(for: secret.span)
    }

    /// How often the whole of `needle` lies in writable memory now.
    @inline(never)
    func count(of needle: Needle) -> Int {
        needles = [needle]
        ask(.count)
        return count
    }

    /// What lies in writable memory now of the words of each needle.
    ///
    /// The needles exist before the operation that is suspected: this thread allocates nothing between the two, because
    /// the allocator would hand out just what the operation gave back.
    @inline(never)
    func residues(of needles: [Needle]) -> [[Residue]] {
        self.needles = needles
        ask(.residue)
        return residues
    }

    /// Runs `body` so deep in the stack that the frames of a question do not reach what it leaves.
    @inline(never)
    func buried<Result: ~Copyable>(_ body: () throws -> Result) rethrows -> Result {
        try unsafe withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 16) { shield in
            for index in shield.indices { unsafe shield[index] = 0 }
            frame = UInt(bitPattern: shield.baseAddress)
            return try body()
        }
    }

    /// Overwrites the dead stack under the caller's frame.
    func clean() {
        _ = paint()
    }

    /// How far below its caller's frame `body` writes to the stack, if that is more than 256 bytes.
    @inline(never)
    func reach(of body: () -> Void) -> Int {
        frame = paint()
        body()
        ask(.reach)
        return count
    }

    @inline(never)
    private func paint() -> UInt {
        var marker: UInt8 = 0
        let top = unsafe withUnsafeMutablePointer(to: &marker) { UInt(bitPattern: $0) }
        let base = unsafe UInt(bitPattern: stack)
        // nothing alive lies there but the few bytes of memset itself
        unsafe memset(stack, CInt(Self.paint), Int(top - base) - 256)
        return top
    }

    /// How far below the frame of `buried` an address lies, if it is on the stack of this thread.
    private func depth(of address: UInt) -> Int? {
        let base = unsafe UInt(bitPattern: stack)
        guard (base..<base + UInt(Self.stackLength)).contains(address) else { return nil }
        return Int(frame) - Int(address)
    }

    @inline(__always)
    private func ask(_ question: Question) {
        self.question = question
        Self.put(toScanner.write)
        _ = Self.take(toSuspect.read)
    }

    @inline(__always)
    private static func put(_ end: CInt) {
        var byte: UInt8 = 1
        unsafe write(end, &byte, 1)
    }

    @inline(__always)
    private static func take(_ end: CInt) -> Bool {
        var byte: UInt8 = 0
        return unsafe read(end, &byte, 1) == 1
    }

    private static func makePipe() -> (read: CInt, write: CInt) {
        var ends: InlineArray<2, CInt> = [0, 0]
        var span = ends.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { _ = unsafe pipe($0.baseAddress) }
        return (ends[0], ends[1])
    }

    private static let stackLength = 1 << 20
    private static let paint: UInt8 = 0xa5

    deinit {
        unsafe munmap(stack, Self.stackLength)
    }
}

/// A word of a secret that was found after the secret's life.
struct Residue: CustomStringConvertible {
    /// Which eight bytes of the secret.
    let word: Int
    /// How deep in the dead stack it lies, or nil for the heap and everywhere else.
    let depth: Int?

    var description: String { "word \(word) \(depth.map { "\($0) bytes deep in the stack" } ?? "outside the stack")" }
}

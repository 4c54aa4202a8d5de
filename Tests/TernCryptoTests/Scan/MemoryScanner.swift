// Owns the search of this process's whole writable memory, read from outside through /proc/self/mem.
// It must not know what it searches for, and allocates nothing while it searches.

internal import Glibc

/// Reads all memory that this process can read and write, and finds needles in it.
@safe
final class MemoryScanner {
    private let memory: CInt
    /// The scanner's own pages, which it leaves out: what it read, and the list of mappings.
    private let pages: UnsafeMutableRawPointer
    private var found: [UInt]

    init() {
        unsafe memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        unsafe pages = mmap(nil, Self.pagesLength, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        unsafe precondition(memory >= 0 && pages != MAP_FAILED, "no memory to scan with")
        found = []
        found.reserveCapacity(Self.mostFound)
    }

    /// The addresses where `needle` lies.
    func addresses(of needle: Needle) -> [UInt] {
        found.removeAll(keepingCapacity: true)
        let pivot = needle.rareIndex
        eachMapping { start, end in
            var position = start
            while position < end {
                let wanted = min(end - position, UInt(Self.chunk + needle.count - 1))
                let got = unsafe pread(memory, pages, Int(wanted), Int(position))
                guard got > 0 else { break }
                // a needle that begins in the overlap is found by the next chunk
                let begins = min(got - needle.count + 1, Self.chunk)
                search(needle, pivot, from: position, begins: begins)
                position += UInt(Self.chunk)
            }
        }
        unsafe memset(pages, 0, Self.chunk * 2)
        return Array(found)
    }

    private func search(_ needle: Needle, _ pivot: Int, from position: UInt, begins: Int) {
        let rare = CInt(needle.byte(pivot))
        var next = 0
        while next < begins, let hit = unsafe memchr(pages + next + pivot, rare, begins - next) {
            let index = unsafe pages.distance(to: hit) - pivot
            next = index + 1
            guard lies(needle, at: index) else { continue }
            if found.count < Self.mostFound { found.append(position + UInt(index)) }
        }
    }

    /// Compares byte by byte: a word that was found would be a copy on the scanner's stack.
    private func lies(_ needle: Needle, at index: Int) -> Bool {
        var offset = 0
        while offset < needle.count {
            let byte = unsafe pages.load(fromByteOffset: index + offset, as: UInt8.self)
            guard needle.byte(offset) == byte else { return false }
            offset += 1
        }
        return true
    }

    /// Calls `body` with the bounds of each readable and writable mapping but the scanner's own pages; what adjoins is
    /// one piece.
    private func eachMapping(_ body: (UInt, UInt) -> Void) {
        let text = unsafe pages + Self.listOffset
        let length = unsafe readList(into: text)
        var pending: (start: UInt, end: UInt) = (0, 0)
        var line = 0
        while line < length {
            // start-end rwxp ...
            var cursor = line
            let start = unsafe hexadecimal(text, &cursor)
            cursor += 1
            let end = unsafe hexadecimal(text, &cursor)
            let isReadable = unsafe text.load(fromByteOffset: cursor + 1, as: UInt8.self) == UInt8(ascii: "r")
            let isWritable = unsafe text.load(fromByteOffset: cursor + 2, as: UInt8.self) == UInt8(ascii: "w")
            guard let newline = unsafe memchr(text + line, 10, length - line) else { break }
            line = unsafe text.distance(to: newline) + 1
            guard isReadable, isWritable else { continue }
            if start != pending.end {
                piece(pending.start, pending.end, body)
                pending.start = start
            }
            pending.end = end
        }
        piece(pending.start, pending.end, body)
    }

    private func piece(_ start: UInt, _ end: UInt, _ body: (UInt, UInt) -> Void) {
        let own = unsafe UInt(bitPattern: pages)
        let ownEnd = own + UInt(Self.pagesLength)
        guard start < ownEnd, own < end else {
            if start < end { body(start, end) }
            return
        }
        if start < own { body(start, own) }
        if ownEnd < end { body(ownEnd, end) }
    }

    private func readList(into text: UnsafeMutableRawPointer) -> Int {
        let file = unsafe open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        var length = 0
        while length < Self.listLength {
            let got = unsafe read(file, text + length, Self.listLength - length)
            guard got > 0 else { break }
            length += got
        }
        return length
    }

    private func hexadecimal(_ text: UnsafeMutableRawPointer, _ cursor: inout Int) -> UInt {
        var number: UInt = 0
        while true {
            let digit = unsafe text.load(fromByteOffset: cursor, as: UInt8.self)
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt(digit - UInt8(ascii: "a") + 10)
            default: return number
            }
            cursor += 1
        }
    }

    private static let chunk = 1 << 18
    private static let listOffset = chunk * 2
    private static let listLength = 1 << 19
    private static let pagesLength = listOffset + listLength
    private static let mostFound = 256

    deinit {
        unsafe munmap(pages, Self.pagesLength)
        close(memory)
    }
}

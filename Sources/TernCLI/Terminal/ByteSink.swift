// Owns where a long run of bytes goes: a file or standard output. It must not know what the bytes are.

/// Something that takes bytes until it is told that they are complete.
protocol ByteSink {
    /// Takes the next bytes.
    /// - Throws: `storage`.
    func write(_ bytes: Span<UInt8>) throws(CommandFailure)

    /// Ends it: what was written is complete and stays.
    /// - Throws: `storage`, or `usage` where something else has taken the name meanwhile.
    func keep() throws(CommandFailure)
}

/// Standard output, which cannot take anything back.
struct StandardOutputSink: ByteSink {
    let console: Console

    func write(_ bytes: Span<UInt8>) throws(CommandFailure) {
        try console.print(bytes)
    }

    func keep() throws(CommandFailure) {
        try console.settle()
    }
}

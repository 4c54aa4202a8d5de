// Owns writing to a descriptor that the caller has opened. It must not know what is written.

/// A descriptor of the caller's, who knows what becomes of the bytes.
struct DescriptorSink: ByteSink {
    private let stream: OutputStream

    init(_ descriptor: Int32) {
        stream = OutputStream(descriptor)
    }

    func write(_ bytes: Span<UInt8>) throws(CommandFailure) {
        stream.write(bytes)
        try stream.finish()
    }

    func keep() throws(CommandFailure) {
        stream.synchronise()
        try stream.finish()
    }
}

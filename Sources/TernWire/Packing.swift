// Owns the bridge to protobuf-c's generated code, which writes every message. It must not know any message.

internal import CTernWire

extension ProtobufCBinaryData {
    /// Lends `bytes` to a C message, which must not outlive them. Packing only reads them.
    @inline(__always)
    init(lending bytes: UnsafeRawBufferPointer) {
        let base = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        unsafe self.init(len: bytes.count, data: base?.assumingMemoryBound(to: UInt8.self))
    }
}

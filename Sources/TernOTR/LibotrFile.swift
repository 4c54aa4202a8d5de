// Owns the files that libotr insists on: they are memory, and wiped. It must not know what libotr writes into them.

internal import COTR
internal import Glibc
internal import TernCore
internal import TernCrypto

/// A file in memory, with a buffer of our own: the C library's would keep what was written.
@safe
struct LibotrFile: ~Copyable {
    let stream: UnsafeMutablePointer<FILE>
    private let buffer: UnsafeMutablePointer<CChar>
    private static let bufferLength = 16 * 1024

    /// An empty file.
    init() throws(SessionError) {
        let descriptor = tern_memory_file()
        guard descriptor >= 0, let stream = unsafe fdopen(descriptor, "w+") else {
            let code = errno
            if descriptor >= 0 { close(descriptor) }
            throw .backend(code: Int(code))
        }
        unsafe self.stream = unsafe stream
        unsafe buffer = .allocate(capacity: LibotrFile.bufferLength)
        unsafe setvbuf(stream, buffer, _IOFBF, LibotrFile.bufferLength)
    }

    /// Writes `content`, to be read from its start.
    func write(_ content: Span<UInt8>) throws(SessionError) {
        let written = unsafe content.withUnsafeBytes { unsafe fwrite($0.baseAddress, 1, $0.count, stream) }
        guard written == content.count, unsafe fflush(stream) == 0 else { throw .backend(code: Int(errno)) }
        unsafe rewind(stream)
    }

    /// Everything that the file holds.
    func content() throws(SessionError) -> SecretBytes {
        guard unsafe fflush(stream) == 0, unsafe fseek(stream, 0, SEEK_END) == 0 else {
            throw .backend(code: Int(errno))
        }
        let count = unsafe ftell(stream)
        unsafe rewind(stream)
        var bytes = [UInt8](repeating: 0, count: max(0, count))
        defer {
            unsafe bytes.withUnsafeMutableBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                unsafe explicit_bzero(base, bytes.count)
            }
        }
        let read = unsafe bytes.withUnsafeMutableBytes { unsafe fread($0.baseAddress, 1, $0.count, stream) }
        guard read == count, count > 0 else { throw .backend(code: Int(EIO)) }
        return SecretBytes(copying: bytes)
    }

    deinit {
        // The pages themselves are cleared by the kernel before anybody gets them.
        unsafe fclose(stream)
        unsafe explicit_bzero(buffer, LibotrFile.bufferLength)
        unsafe buffer.deallocate()
    }
}

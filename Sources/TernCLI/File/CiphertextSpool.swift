// Owns keeping an encrypted file that comes through a pipe, so that it can be read twice. It must not know its key.

internal import Glibc
internal import TernCore
internal import TernCrypto
internal import TernInput

/// A ciphertext from a pipe in a temporary file that has no name: nobody else finds it, and it is gone with the process.
enum CiphertextSpool {
    /// The input itself where it is a file, and otherwise a copy of what it gives.
    /// - Throws: `limitExceeded`, `storage`.
    static func file(of input: consuming InputStream, _ console: Console) throws(CommandFailure) -> InputStream {
        let longest = AESGCM.maximumLength + UInt64(AESGCM.tagLength)
        if let length = input.knownLength {
            guard UInt64(length) <= longest else { throw CommandFailure(.limitExceeded, file: input.name) }
            return input
        }
        let name = input.name
        let folder = console.workplace.environment("TMPDIR") ?? "/tmp"
        let descriptor = open(in: folder)
        guard descriptor >= 0 else { throw failure(folder, errno) }
        let progress = ProgressBar(console, task: "reading", total: nil, unit: .bytes)
        do throws(CommandFailure) {
            var length: UInt64 = 0
            while true {
                let piece = try read(&input)
                if piece.isEmpty { break }
                length += UInt64(piece.count)
                guard length <= longest else { throw CommandFailure(.limitExceeded, file: name) }
                try write(piece, to: descriptor, folder)
                progress.advance(by: piece.count)
            }
            progress.finish()
        } catch {
            close(descriptor)
            throw error
        }
        do throws(InputError) {
            return try InputStream(owning: descriptor, path: name)
        } catch {
            throw CommandFailure(error)
        }
    }

    private static func read(_ input: inout InputStream) throws(CommandFailure) -> [UInt8] {
        do throws(InputError) {
            return try input.read(upTo: 1 << 18)
        } catch {
            throw CommandFailure(error)
        }
    }

    private static func write(_ piece: [UInt8], to descriptor: Int32, _ folder: String) throws(CommandFailure) {
        var written = 0
        while written < piece.count {
            let count = unsafe piece.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            guard count > 0 || errno == EINTR else { throw failure(folder, errno) }
            written += max(0, count)
        }
    }

    private static func open(in folder: String) -> Int32 {
        var template = FileName.bytes(of: folder + "/tern-spool.XXXXXX").map { CChar(bitPattern: $0) } + [0]
        let descriptor = unsafe mkstemp(&template)
        if descriptor >= 0 { _ = unsafe (unlink(&template), fcntl(descriptor, F_SETFD, FD_CLOEXEC)) }
        return descriptor
    }

    private static func failure(_ folder: String, _ code: Int32) -> CommandFailure {
        CommandFailure(
            .storage, "\(folder): \(SystemText.describe(code))",
            hint: "what comes through a pipe is kept there, encrypted; $TMPDIR names another folder")
    }
}

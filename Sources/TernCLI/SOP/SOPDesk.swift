// Owns what a call of the Stateless OpenPGP interface reads and writes: standard streams, files, and the special names @FD: and
// @ENV:. It must not know what is in them.

internal import Glibc
internal import TernCore
internal import TernCrypto
internal import TernInput
internal import TernPGP

/// The streams and files of one call, and the home that goes with it.
final class SOPDesk {
    private let workplace: Workplace
    private var made: OpenPGPScratch?

    init(_ workplace: Workplace) {
        self.workplace = workplace
    }

    /// A home with nothing in it but what this call puts there.
    func scratch() throws(SOPFailure) -> OpenPGPScratch {
        if let made { return made }
        let base = GnuPGHome.base(runtimeFolder: workplace.environment("XDG_RUNTIME_DIR"))
        do throws(SessionError) {
            let scratch = try OpenPGPScratch(within: base)
            made = scratch
            return scratch
        } catch {
            throw SOPFailure(.unspecified, "GnuPG cannot be used")
        }
    }

    func close() { made?.close() }

    // MARK: Reading

    private static let limit = 1 << 30

    /// Standard input.
    func standardInput() throws(SOPFailure) -> [UInt8] {
        do throws(InputError) { return try workplace.open(nil).readAll(limit: SOPDesk.limit) } catch {
            throw SOPFailure(.unspecified, error.text)
        }
    }

    /// A file, a variable or a descriptor.
    func read(_ name: String) throws(SOPFailure) -> [UInt8] {
        guard name.hasPrefix("@") else { return try file(name) }
        guard unsafe access(name, F_OK) != 0 else {
            throw SOPFailure(.ambiguousInput, "\(name) is a special name, and there is such a file")
        }
        if name.hasPrefix("@ENV:") {
            guard let value = workplace.environment(String(name.dropFirst(5))) else {
                throw SOPFailure(.missingInput, "\(name): there is no such variable")
            }
            return Array(value.utf8)
        }
        if name.hasPrefix("@FD:"), let number = Int32(name.dropFirst(4)), number >= 0 {
            do throws(InputError) { return try InputStream(descriptor: number).readAll(limit: SOPDesk.limit) } catch {
                throw SOPFailure(.missingInput, "\(name): \(error.text)")
            }
        }
        throw SOPFailure(.unsupportedPrefix, "\(name): there are @ENV: and @FD: alone")
    }

    private func file(_ name: String) throws(SOPFailure) -> [UInt8] {
        do throws(InputError) { return try InputStream(workplace.path(name)).readAll(limit: SOPDesk.limit) } catch {
            throw SOPFailure(error.reason == .notFound ? .missingInput : .unspecified, error.text)
        }
    }

    /// A password that a person may have typed: without white space at its end.
    func password(_ name: String) throws(SOPFailure) -> SecretBytes {
        var bytes = try read(name)
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw SOPFailure(.passwordNotReadable, "\(name): a password is UTF-8")
        }
        while let last = bytes.last, [0x20, 0x09, 0x0a, 0x0d].contains(last) { bytes.removeLast() }
        guard !bytes.contains(0x0a), !bytes.contains(0x0d), !bytes.contains(0) else {
            throw SOPFailure(.passwordNotReadable, "\(name): a password is one line")
        }
        return SecretBytes(copying: bytes)
    }

    // MARK: Writing

    /// Standard output.
    func print(_ bytes: [UInt8]) throws(SOPFailure) {
        workplace.output.write(bytes)
        do throws(CommandFailure) { try workplace.output.finish() } catch {
            throw SOPFailure(.unspecified, error.message)
        }
    }

    /// A file that is not there, or a descriptor.
    func write(_ bytes: [UInt8], to name: String) throws(SOPFailure) {
        let descriptor: Int32
        if name.hasPrefix("@FD:"), let number = Int32(name.dropFirst(4)), number >= 0 {
            descriptor = dup(number)
        } else if name.hasPrefix("@") {
            throw SOPFailure(.unsupportedPrefix, "\(name): there is @FD: alone for what is written")
        } else {
            descriptor = unsafe open(workplace.path(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        }
        guard descriptor >= 0 else {
            let status: SOPStatus = errno == EEXIST ? .outputExists : .unspecified
            throw SOPFailure(status, "\(name): \(SystemText.describe(errno))")
        }
        defer { Glibc.close(descriptor) }
        var done = 0
        while done < bytes.count {
            let written = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            }
            guard written > 0 || errno == EINTR else {
                throw SOPFailure(.unspecified, "\(name): \(SystemText.describe(errno))")
            }
            done += max(0, written)
        }
    }

    /// Refuses an output that is there already, before anything is done.
    func checkAbsent(_ name: String?) throws(SOPFailure) {
        guard let name, !name.hasPrefix("@") else { return }
        guard unsafe access(workplace.path(name), F_OK) != 0 else {
            throw SOPFailure(.outputExists, "\(name): it is there already")
        }
    }
}

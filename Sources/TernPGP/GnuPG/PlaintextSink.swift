// Owns what gpg writes before anybody knows whether it may be believed: so much, and no more. Wiped unless it is taken.

internal import CGPGME
internal import Glibc
internal import TernCrypto

/// Where a plaintext is collected until the whole operation has succeeded.
@safe
final class PlaintextSink {
    private let limit: Int
    private var bytes: [UInt8] = []
    /// More came than was allowed, and the operation was stopped.
    private(set) var isOverfull = false

    init(limit: Int) {
        self.limit = limit
    }

    /// How much there is.
    var count: Int { bytes.count }

    /// Gives the plaintext, which is believed now, and keeps nothing.
    func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// Gives it in memory that is wiped, and keeps nothing.
    func takeSecret() -> SecretBytes {
        defer { wipe() }
        return SecretBytes(copying: bytes.span)
    }

    /// Lets `body` use the sink as gpgme's output.
    func withData<Result>(_ body: (gpgme_data_t) -> Result) -> Result? {
        var data: gpgme_data_t?
        let status = unsafe gpgme_data_new_from_cbs(
            &data, PlaintextSink.callbacks, Unmanaged.passUnretained(self).toOpaque())
        guard status == 0, let data = unsafe data else { return nil }
        defer { unsafe gpgme_data_release(data) }
        return unsafe body(data)
    }

    private func write(_ piece: UnsafeRawBufferPointer) -> Int {
        guard !isOverfull, piece.count <= limit - bytes.count else {
            isOverfull = true
            wipe()
            gpgme_err_set_errno(EFBIG)
            return -1
        }
        unsafe bytes.append(contentsOf: piece)
        return piece.count
    }

    private func wipe() {
        unsafe bytes.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe explicit_bzero(base, bytes.count)
        }
        bytes = []
    }

    /// The table of callbacks, made once.
    private nonisolated(unsafe) static let callbacks: UnsafeMutablePointer<gpgme_data_cbs> = {
        let table = UnsafeMutablePointer<gpgme_data_cbs>.allocate(capacity: 1)
        unsafe table.initialize(
            to: gpgme_data_cbs(
                read: nil,
                write: { sink, bytes, count in
                    guard let sink = unsafe sink else { return -1 }
                    let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
                    return unsafe Unmanaged<PlaintextSink>.fromOpaque(sink).takeUnretainedValue().write(piece)
                }, seek: nil, release: nil))
        return unsafe table
    }()

    deinit {
        wipe()
    }
}

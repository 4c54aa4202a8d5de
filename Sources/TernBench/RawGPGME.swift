// Owns gpgme as a program would call it that does nothing else: the floor under OX. It must not know Tern's sessions.

internal import CGPGME
internal import Synchronization

/// A home with a key in it, by whatever handles gpgme wants.
@safe
final class RawGPGME: @unchecked Sendable {
    private let home: String
    private let own: gpgme_key_t
    private let theirs: gpgme_key_t
    /// Contexts that nobody uses at the moment.
    private let idle = Mutex<[Context]>([])

    /// A context with the own key to sign.
    @safe private struct Context: @unchecked Sendable {
        let raw: gpgme_ctx_t
    }

    enum Failure: Error {
        case gpgme(UInt32)
    }

    init(_ home: String, own: String, theirs: String) throws {
        self.home = home
        let context = try unsafe RawGPGME.context(home)
        defer { unsafe gpgme_release(context) }
        unsafe self.own = try unsafe RawGPGME.key(own, context)
        unsafe self.theirs = try unsafe RawGPGME.key(theirs, context)
    }

    private static func context(_ home: String) throws -> gpgme_ctx_t {
        _ = tern_gpgme_start()
        var context: gpgme_ctx_t?
        try check(unsafe gpgme_new(&context))
        guard let context = unsafe context else { throw Failure.gpgme(0) }
        try check(unsafe gpgme_ctx_set_engine_info(context, GPGME_PROTOCOL_OpenPGP, nil, home))
        unsafe gpgme_set_offline(context, 1)
        return unsafe context
    }

    private static func key(_ fingerprint: String, _ context: gpgme_ctx_t) throws -> gpgme_key_t {
        var key: gpgme_key_t?
        try check(unsafe gpgme_get_key(context, fingerprint, &key, 0))
        guard let key = unsafe key else { throw Failure.gpgme(0) }
        return unsafe key
    }

    private static func check(_ status: gpgme_error_t) throws {
        guard status == 0 else { throw Failure.gpgme(status) }
    }

    private func lend() throws -> gpgme_ctx_t {
        if let waiting = idle.withLock({ $0.popLast() }) { return unsafe waiting.raw }
        let context = try unsafe RawGPGME.context(home)
        try RawGPGME.check(unsafe gpgme_signers_add(context, own))
        return unsafe context
    }

    private func giveBack(_ context: gpgme_ctx_t) {
        let waiting = unsafe Context(raw: context)
        idle.withLock { $0.append(waiting) }
    }

    /// Encrypts to both keys and signs.
    func seal(_ plaintext: [UInt8]) throws -> [UInt8] {
        let context = try unsafe lend()
        defer { unsafe giveBack(context) }
        var recipients: [gpgme_key_t?] = unsafe [own, theirs, nil]
        return try unsafe RawGPGME.run(plaintext) { input, output in
            unsafe gpgme_op_encrypt_sign(
                context, &recipients, gpgme_encrypt_flags_t(GPGME_ENCRYPT_ALWAYS_TRUST.rawValue), input, output)
        }
    }

    /// Decrypts and checks.
    func open(_ message: [UInt8]) throws -> [UInt8] {
        let context = try unsafe lend()
        defer { unsafe giveBack(context) }
        return try unsafe RawGPGME.run(message) { input, output in
            unsafe gpgme_op_decrypt_verify(context, input, output)
        }
    }

    private static func run(
        _ bytes: [UInt8], _ body: (gpgme_data_t, gpgme_data_t) -> gpgme_error_t
    ) throws -> [UInt8] {
        var (input, output): (gpgme_data_t?, gpgme_data_t?) = (nil, nil)
        try unsafe bytes.withUnsafeBytes { bytes in
            try check(
                unsafe gpgme_data_new_from_mem(
                    &input, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, 1))
        }
        try check(unsafe gpgme_data_new(&output))
        guard let input = unsafe input, let output = unsafe output else { throw Failure.gpgme(0) }
        defer { unsafe gpgme_data_release(input) }
        let status = unsafe body(input, output)
        var count = 0
        guard let text = unsafe gpgme_data_release_and_get_mem(output, &count) else { throw Failure.gpgme(status) }
        defer { unsafe gpgme_free(text) }
        try check(status)
        return unsafe text.withMemoryRebound(to: UInt8.self, capacity: count) {
            unsafe Array(UnsafeBufferPointer(start: $0, count: count))
        }
    }

    deinit {
        for waiting in idle.withLock({ $0 }) { unsafe gpgme_release(waiting.raw) }
        unsafe gpgme_key_unref(own)
        unsafe gpgme_key_unref(theirs)
    }
}

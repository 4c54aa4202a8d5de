// Owns the rows of `file`: what a section of a shared file costs, without the disk. It must not know where files lie.

internal import CGcrypt
internal import TernCore
internal import TernCrypto

/// The file rows: an operation is a section of 1 MiB.
public enum FileScenarios {
    /// All rows, in the order in which they are told.
    public static var all: [Scenario] { [encrypt, decrypt] }

    private static let sections = 16

    private static var encrypt: Scenario {
        let tern = Contestant("tern", batch: sections) { batch in
            var entropy = SystemEntropy()
            let key = MediaKey(from: &entropy)
            var section = [UInt8](repeating: 7, count: MediaOpening.sectionLength)
            let held = Held(try key.sealing())
            return .timed {
                var sealing = held.take()
                var span = section.mutableSpan
                for _ in 0..<batch { try sealing.encrypt(&span) }
                _ = try sealing.finish()
            }
        }
        let floor = Contestant("floor", batch: sections) { batch in
            let floor = FileFloor()
            return .timed { floor.encrypt(batch) }
        }
        return Scenario("file-encrypt", "1 MiB of a shared file, without the disk", [tern, floor])
    }

    private static var decrypt: Scenario {
        let tern = Contestant("tern", batch: sections) { batch in
            var entropy = SystemEntropy()
            let key = MediaKey(from: &entropy)
            var sealing = try key.sealing()
            var file: [[UInt8]] = []
            for _ in 0..<batch {
                var section = [UInt8](repeating: 7, count: MediaOpening.sectionLength)
                var span = section.mutableSpan
                try sealing.encrypt(&span)
                file.append(section)
            }
            let tag = try sealing.finish()
            let held = Held(try key.opening())
            return .timed {
                var opening = held.take()
                for section in file { try opening.read(section.span) }
                var decryption = try opening.authenticate(tag: tag.span)
                for index in file.indices {
                    var span = file[index].mutableSpan
                    try decryption.decrypt(&span)
                }
                try decryption.finish()
            }
        }
        let floor = Contestant("floor", batch: sections) { batch in
            let floor = FileFloor()
            return .timed { floor.decryptTwice(batch) }
        }
        return Scenario("file-decrypt", "1 MiB of a shared file, checked and then decrypted", [tern, floor])
    }
}

/// libgcrypt's AES-256-GCM over a section that is there already.
@safe
private final class FileFloor {
    private let memory: UnsafeMutablePointer<UInt8>
    private let cipher: gcry_cipher_hd_t?

    init() {
        unsafe memory = .allocate(capacity: MediaOpening.sectionLength)
        unsafe memory.initialize(repeating: 7, count: MediaOpening.sectionLength)
        var handle: gcry_cipher_hd_t?
        unsafe gcry_cipher_open(&handle, Int32(GCRY_CIPHER_AES256.rawValue), Int32(GCRY_CIPHER_MODE_GCM.rawValue), 0)
        unsafe cipher = handle
        unsafe gcry_cipher_setkey(cipher, memory, 32)
    }

    deinit {
        unsafe gcry_cipher_close(cipher)
        unsafe memory.deallocate()
    }

    func encrypt(_ sections: Int) {
        unsafe gcry_cipher_setiv(cipher, memory, 12)
        for _ in 0..<sections { unsafe gcry_cipher_encrypt(cipher, memory, MediaOpening.sectionLength, nil, 0) }
    }

    func decryptTwice(_ sections: Int) {
        for _ in 0..<2 {
            unsafe gcry_cipher_setiv(cipher, memory, 12)
            for _ in 0..<sections { unsafe gcry_cipher_decrypt(cipher, memory, MediaOpening.sectionLength, nil, 0) }
        }
    }
}

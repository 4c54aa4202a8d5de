// Owns reading an encrypted file in sections, with the tag apart that stands behind them. It must not know its key.

internal import Glibc
internal import TernCore
internal import TernCrypto
internal import TernInput

/// The ciphertext of a file, section by section, as often as is asked for.
struct CiphertextSections: ~Copyable {
    /// What the file is called.
    let name: String
    private var input: InputStream
    /// A section and a tag; what is decrypted in place is wiped with it.
    private var buffer: SecretBytes
    private var filled = 0

    /// - Parameter input: A file, as ``InputStream/knownLength`` tells.
    init(_ input: consuming InputStream) {
        name = input.name
        self.input = input
        buffer = SecretBytes(count: MediaOpening.sectionLength + AESGCM.tagLength)
    }

    /// Bytes of the ciphertext, without the tag, when the file was opened.
    var expectedLength: Int { max(0, (input.knownLength ?? 0) - AESGCM.tagLength) }

    /// Reads the next section. False at the end, when ``tag`` is there.
    /// - Throws: `unauthentic` for a file that is too short for a tag.
    mutating func fill() throws(CommandFailure) -> Bool {
        do throws(InputError) {
            while filled < buffer.count {
                let got = try buffer.read(from: &input, at: filled, upTo: buffer.count - filled)
                if got == 0 { break }
                filled += got
            }
        } catch {
            throw CommandFailure(error)
        }
        guard filled >= AESGCM.tagLength else { throw CommandFailure(.unauthentic, file: name) }
        return filled > AESGCM.tagLength
    }

    /// The section that was read.
    var section: MutableSpan<UInt8> {
        @_lifetime(&self)
        mutating get {
            let count = filled - AESGCM.tagLength
            return buffer.mutablePrefix(count)
        }
    }

    /// Leaves the section. What stands behind it may be the tag.
    mutating func pass() {
        let count = filled - AESGCM.tagLength
        var bytes = buffer.mutableSpan
        for index in 0..<AESGCM.tagLength { bytes[index] = bytes[count + index] }
        filled = AESGCM.tagLength
    }

    /// The last bytes of the file, once ``fill()`` was false.
    var tag: FixedBytes<16> {
        var tag = FixedBytes<16>()
        let bytes = buffer.span
        for index in 0..<AESGCM.tagLength { tag.storage[index] = bytes[index] }
        return tag
    }

    /// Begins again.
    mutating func rewind() throws(CommandFailure) {
        filled = 0
        do throws(InputError) {
            try input.rewind()
        } catch {
            throw CommandFailure(error)
        }
    }
}

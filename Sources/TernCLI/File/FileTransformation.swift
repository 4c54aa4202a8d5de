// Owns moving a file through the cipher, a section at a time, whatever its size. It must not know where links come from.

internal import TernCore
internal import TernCrypto
internal import TernInput

/// A file on its way through the cipher.
enum FileTransformation {
    /// Encrypts to the end of the input, and puts the tag behind it.
    /// - Returns: Bytes of the ciphertext, the tag among them.
    static func encrypt(
        _ input: consuming InputStream, _ key: borrowing MediaKey, to sink: any ByteSink, _ console: Console
    ) throws(CommandFailure) -> UInt64 {
        let name = input.name
        let length = input.knownLength
        guard UInt64(length ?? 0) <= AESGCM.maximumLength else { throw CommandFailure(.limitExceeded, file: name) }
        let progress = ProgressBar(console, task: "encrypting", total: length, unit: .bytes)
        do {
            var sealing = try key.sealing()
            var buffer = SecretBytes(count: MediaOpening.sectionLength)
            var total = 0
            while true {
                let count = try buffer.read(from: &input, at: 0, upTo: buffer.count)
                if count == 0 { break }
                var bytes = buffer.mutableSpan
                var section = bytes._mutatingExtracting(0..<count)
                try sealing.encrypt(&section)
                try sink.write(section.span)
                total += count
                progress.advance(by: count)
            }
            let tag = try sealing.finish()
            try sink.write(tag.span)
            progress.finish()
            return UInt64(total + AESGCM.tagLength)
        } catch {
            throw FileTransformation.failure(error, name)
        }
    }

    /// Checks the whole ciphertext, and then decrypts it.
    /// - Returns: Bytes of the plaintext.
    static func decrypt(
        _ sections: consuming CiphertextSections, _ key: borrowing MediaKey, to sink: any ByteSink, _ console: Console
    ) throws(CommandFailure) -> UInt64 {
        let name = sections.name
        do {
            var opening = try key.opening()
            let checking = ProgressBar(console, task: "checking", total: sections.expectedLength, unit: .bytes)
            while try sections.fill() {
                let section = sections.section
                let count = section.count
                try opening.read(section.span)
                sections.pass()
                checking.advance(by: count)
            }
            checking.finish()
            let tag = sections.tag
            var decryption = try opening.authenticate(tag: tag.span)

            try sections.rewind()
            let progress = ProgressBar(console, task: "decrypting", total: sections.expectedLength, unit: .bytes)
            var total: UInt64 = 0
            while try sections.fill() {
                var section = sections.section
                let count = section.count
                try decryption.decrypt(&section)
                try sink.write(section.span)
                sections.pass()
                total += UInt64(count)
                progress.advance(by: count)
            }
            try decryption.finish()
            progress.finish()
            return total
        } catch {
            throw FileTransformation.failure(error, name)
        }
    }

    private static func failure(_ error: any Error, _ file: String) -> CommandFailure {
        switch error {
        case let failure as CommandFailure: failure
        case let error as InputError: CommandFailure(error)
        case let error as CryptoError: CommandFailure(error, file: file)
        default: CommandFailure(.internalError, "\(file): the file cannot be worked on")
        }
    }
}

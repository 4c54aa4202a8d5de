// Owns moving a file through the cipher piece by piece, whatever its size. It must not know where its key comes from.

internal import TernCore
internal import TernCrypto
internal import TernInput
internal import TernOTR

/// A file on its way through the cipher.
enum OTRFileTransformation {
    /// Seals to the end of the input.
    static func encrypt(
        _ input: consuming InputStream, _ key: borrowing OTRFileKey, to sink: NamelessFile, _ console: Console
    ) throws(CommandFailure) {
        let name = input.name
        let progress = ProgressBar(console, task: "encrypting", total: input.knownLength, unit: .bytes)
        try sink.write(key.header.span)
        var number: UInt64 = 0
        var piece = try read(&input, PieceCipher.pieceLength)
        while true {
            // a piece is sealed once it is known whether it is the last
            let next = piece.count == PieceCipher.pieceLength ? try read(&input, PieceCipher.pieceLength) : []
            let sealed: [UInt8]
            do throws(CryptoError) {
                sealed = try key.seal(piece.span, number: number, isLast: next.isEmpty)
            } catch {
                throw CommandFailure(error, file: name)
            }
            try sink.write(sealed.span)
            progress.advance(by: piece.count)
            if next.isEmpty { break }
            piece = next
            number += 1
        }
        progress.finish()
    }

    /// Opens to the end of the input, behind what stands before the pieces.
    static func decrypt(
        _ input: consuming InputStream, _ key: borrowing OTRFileKey, to sink: NamelessFile, _ console: Console
    ) throws(CommandFailure) {
        let name = input.name
        let progress = ProgressBar(console, task: "decrypting", total: input.knownLength, unit: .bytes)
        var number: UInt64 = 0
        var sealed = try read(&input, PieceCipher.sealedLength)
        while true {
            let next = sealed.count == PieceCipher.sealedLength ? try read(&input, PieceCipher.sealedLength) : []
            let piece: SecretBytes
            do throws(CryptoError) {
                piece = try key.open(sealed.span, number: number, isLast: next.isEmpty)
            } catch {
                throw CommandFailure(
                    .unauthentic, "\(name): the file was changed, is not whole, or another key was announced for it",
                    hint: "nothing of it was kept: fetch it again")
            }
            try sink.write(piece.span)
            progress.advance(by: sealed.count)
            if next.isEmpty { break }
            sealed = next
            number += 1
        }
        progress.finish()
    }

    /// So many bytes, or fewer at the end.
    static func read(_ input: inout InputStream, _ count: Int) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        do throws(InputError) {
            while bytes.count < count {
                let part = try input.read(upTo: count - bytes.count)
                if part.isEmpty { break }
                bytes += part
            }
        } catch {
            throw CommandFailure(error)
        }
        return bytes
    }
}

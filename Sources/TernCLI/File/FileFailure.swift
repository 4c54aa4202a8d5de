// Owns what is said where a file or a link is no good. It must not repeat any of a link: that holds the key.

internal import TernCore
internal import TernCrypto

extension CommandFailure {
    /// A text that should be a link or an address to upload to.
    init(_ error: MediaError) {
        switch error {
        case .wrongScheme:
            self.init(.malformed, "this is no link to an encrypted file", hint: "one begins with aesgcm://")
        case .tooLong: self.init(.limitExceeded, "the link is too long")
        case .badHost:
            self.init(.malformed, "the link names no host, or with a name, a password or a port that is none")
        case .badCharacter: self.init(.malformed, "the link has characters that no URL has")
        case .unexpectedFragment: self.init(.malformed, "the address has a fragment already")
        case .badFragment:
            self.init(.malformed, "behind the # of the link are not 88 or 96 hexadecimal digits")
        case .badThumbnail: self.init(.malformed, "the thumbnail is no JPEG, or more follows the link than a thumbnail")
        case .thumbnailTooLarge:
            self.init(
                .limitExceeded, "the thumbnail is larger than \(MediaMessage.maximumThumbnail >> 10) KiB",
                hint: "every message has to hold it: 5 KiB are enough")
        }
    }

    /// What went wrong with a file's bytes.
    init(_ error: CryptoError, file: String) {
        switch error {
        case .unauthentic:
            self.init(
                .unauthentic, "\(file): the file was changed, is not whole, or belongs to another link",
                hint: "nothing of it was decrypted: fetch it again")
        case .changedBetweenReads:
            self.init(
                .unauthentic, "\(file): the file was changed while it was read",
                hint: "nothing was decrypted but what was authenticated before")
        case .limitExceeded: self.init(.limitExceeded, "\(file): larger than 64 GiB, the limit of AES-GCM")
        default: self.init(.internalError, "\(file): the cipher refuses")
        }
    }
}

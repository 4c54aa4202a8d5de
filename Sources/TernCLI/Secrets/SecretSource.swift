// Owns where a secret comes from, and reading it into memory that is wiped. It must not know what the secret opens.
// Secrets never stand on the command line, where every process can read them.

internal import TernCrypto
internal import TernInput

/// Where a secret comes from.
enum SecretSource: Equatable {
    /// A descriptor that the caller has opened.
    case descriptor(Int32)
    /// A file.
    case file(String)
    /// A person at the terminal.
    case terminal

    /// The longest passphrase.
    static let limit = 4096

    /// The first line, without its line feed. Nothing behind it is read, so that a descriptor may hold several secrets.
    /// - Parameters:
    ///   - name: What is asked for, "passphrase".
    ///   - mayAsk: False with `--no-input`.
    func read(_ name: String, mayAsk: Bool) throws(CommandFailure) -> SecretBytes {
        switch self {
        case .descriptor(let number):
            return try SecretSource.line(name) { () throws(InputError) in try InputStream(descriptor: number) }
        case .file(let path):
            return try SecretSource.line(name) { () throws(InputError) in try InputStream(path) }
        case .terminal:
            guard mayAsk else {
                throw CommandFailure(.usage, "the \(name) is needed, and --no-input forbids to ask for it")
            }
            return try SecretPrompt().ask(name)
        }
    }

    /// A secret that the caller of a command gives, and that opens nothing here.
    /// - Parameter hint: How it can be given to a process that is not the caller's.
    /// - Returns: None where it is in no file and under no descriptor: a person has to be asked, and can be.
    static func given(
        _ name: String, file: String?, descriptor: Int32?, hint: String, in workplace: Workplace
    ) throws(CommandFailure) -> SecretBytes? {
        if let file { return try SecretSource.file(workplace.path(file)).read(name, mayAsk: false) }
        if descriptor == 0 {
            return try SecretSource.line(name) { () throws(InputError) in try workplace.open(nil) }
        }
        // another process has neither this one's descriptors nor its terminal
        guard workplace.held == nil else {
            throw CommandFailure(.usage, "the process that holds the store cannot ask for the \(name)", hint: hint)
        }
        return try descriptor.map { (number) throws(CommandFailure) in
            try SecretSource.descriptor(number).read(name, mayAsk: false)
        }
    }

    /// The bytes of a key file, which has exactly these and nothing else.
    static func key(_ path: String) throws(CommandFailure) -> Secret<32> {
        do {
            var input = try InputStream(path)
            var bytes = SecretBytes(count: 33)
            var count = 0
            while count < 33 {
                let got = try bytes.read(from: &input, at: count, upTo: 33 - count)
                if got == 0 { break }
                count += got
            }
            guard count == 32 else { throw CommandFailure(.usage, "\(path): a key file has exactly 32 bytes") }
            bytes.truncate(to: 32)
            return try Secret(copying: bytes.span)
        } catch let error as InputError {
            throw CommandFailure(error)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.internalError, "\(path): the key cannot be taken")
        }
    }

    /// The first line of what `open` gives.
    static func line(
        _ name: String, of open: () throws(InputError) -> InputStream
    ) throws(CommandFailure) -> SecretBytes {
        do throws(InputError) {
            var input = try open()
            let line = try SecretBytes(lineOf: &input, limit: limit)
            guard line.count > 0 else { throw InputError(.unreadable, input.path, "the \(name) is empty") }
            return line
        } catch {
            // an empty or overlong passphrase is its giver's mistake
            throw CommandFailure(error.reason == .unreadable ? .usage : CommandFailure(error).code, error.text)
        }
    }
}

extension SecretBytes {
    /// The first line of an input, byte by byte: what follows is left where it is.
    init(lineOf input: inout InputStream, limit: Int) throws(InputError) {
        var bytes = SecretBytes(count: limit + 1)
        var count = 0
        while true {
            guard count <= limit else {
                throw InputError(.lineTooLong, input.path, "longer than \(limit) bytes")
            }
            let got = try bytes.read(from: &input, at: count, upTo: 1)
            if got == 0 || bytes.span[count] == UInt8(ascii: "\n") { break }
            count += 1
        }
        bytes.truncate(to: count)
        self = bytes
    }

    /// An input to its end.
    init(allOf input: inout InputStream, limit: Int) throws(InputError) {
        var bytes = SecretBytes(count: limit + 1)
        var count = 0
        while true {
            guard count <= limit else { throw InputError(.tooLarge, input.path, "larger than \(limit) bytes") }
            let got = try bytes.read(from: &input, at: count, upTo: limit + 1 - count)
            if got == 0 { break }
            count += got
        }
        bytes.truncate(to: count)
        self = bytes
    }

    /// Reads straight into the wiped memory.
    mutating func read(
        from input: inout InputStream, at place: Int, upTo count: Int
    ) throws(InputError) -> Int {
        var span = mutableSpan
        var part = span._mutatingExtracting(place..<(place + count))
        return try input.read(into: &part)
    }
}

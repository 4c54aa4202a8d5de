// Owns reading OpenPGP data from files, in armor or without. It must not know what it is.

internal import TernCore
internal import TernInput
internal import TernPGP
internal import TernXML

/// OpenPGP data from a file.
enum PGPInput {
    /// As much is read.
    static let limit = 1 << 20

    /// The bytes of a file; `-` is standard input.
    static func bytes(_ file: String?, in workplace: Workplace) throws(CommandFailure) -> [UInt8] {
        let bytes: [UInt8]
        do throws(InputError) { bytes = try workplace.open(file).readAll(limit: limit) } catch {
            throw CommandFailure(error)
        }
        return try unarmored(bytes)
    }

    /// Without armor, where there is one.
    static func unarmored(_ bytes: [UInt8]) throws(CommandFailure) -> [UInt8] {
        guard Armor.isThere(around: bytes) else { return bytes }
        do throws(SessionError) {
            return try Armor.bytes(in: String(decoding: bytes, as: UTF8.self))
        } catch .unauthentic {
            throw CommandFailure(.malformed, "the checksum of the armor does not fit: the file is damaged")
        } catch {
            throw CommandFailure(.malformed, "the armor is damaged")
        }
    }

    /// An element that is alone, or the payload of the newest item around it.
    static func element(_ bytes: [UInt8]) -> Element? {
        guard bytes.first(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }) == UInt8(ascii: "<"),
            let root = try? XMLParser.parse(bytes)
        else { return nil }
        var found = [root]
        while let element = found.popLast() {
            if element.matches("secretkey", ContentElement.namespace) { return element }
            found += element.elements
        }
        return nil
    }
}

/// Calls into the engine in this command's terms.
func pgp<Value>(
    _ body: () async throws(SessionError) -> Value
) async throws(CommandFailure) -> Value {
    do throws(SessionError) { return try await body() } catch { throw CommandFailure(pgp: error) }
}

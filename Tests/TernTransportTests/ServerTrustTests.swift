// Owns that a certificate's own hash is found, as far as it is one, for a login to be bound with.

import Foundation
import Testing

import TernCrypto
import TernTestKit
@testable import TernTransport

@Suite struct ServerTrustTests {
    @Test func theHashOfACertificateIsFound() throws {
        let server = try Prosody()
        defer { withExtendedLifetime(server) {} }
        // openssl signs with SHA-256 where nothing else is asked for
        let text = try String(contentsOfFile: server.authority, encoding: .utf8)
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        let bytes = [UInt8](try #require(Data(base64Encoded: lines)))
        #expect(CertificateDigest.hash(of: bytes) == .sha256)
        // of what is no certificate nothing is found, and nothing beyond it is read
        for length in 0..<bytes.count { _ = CertificateDigest.hash(of: Array(bytes[..<length])) }
        #expect(CertificateDigest.hash(of: []) == nil)
        #expect(CertificateDigest.hash(of: [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]) == nil)
        #expect(CertificateDigest.hash(of: Array(bytes.prefix(40))) == nil)
    }
}

// Owns the map from a Curve25519 key to its Edwards form, which libsodium lacks. Public values only.

internal import CGcrypt

extension X25519PublicKey {
    /// The same key as an Ed25519 key, y = (u - 1) / (u + 1) (RFC 7748 §4.1). The map loses the sign of x: `signBit`
    /// gives it.
    ///
    /// Computed with libgcrypt's numbers, in a time that depends on the key: it is public.
    /// - Throws: ``CryptoError/invalidPublicKey`` for u = -1, which has no such form. Whether y belongs to a point is
    ///   found out where the key is used.
    public func ed25519(signBit: Bool) throws(CryptoError) -> Ed25519PublicKey {
        Libgcrypt.require()
        let prime = unsafe gcry_mpi_set_ui(nil, 1)
        let numerator = unsafe number()
        let denominator = unsafe number()
        defer {
            unsafe gcry_mpi_release(prime)
            unsafe gcry_mpi_release(numerator)
            unsafe gcry_mpi_release(denominator)
        }
        unsafe gcry_mpi_mul_2exp(prime, prime, 255)
        unsafe gcry_mpi_sub_ui(prime, prime, 19)
        unsafe gcry_mpi_add_ui(denominator, denominator, 1)
        guard unsafe gcry_mpi_invm(denominator, denominator, prime) != 0 else { throw .invalidPublicKey }
        // u = 0 has the numerator -1
        unsafe gcry_mpi_add(numerator, numerator, prime)
        unsafe gcry_mpi_sub_ui(numerator, numerator, 1)
        unsafe gcry_mpi_mulm(numerator, numerator, denominator, prime)
        return Ed25519PublicKey(unsafe X25519PublicKey.bytes(of: numerator, signBit: signBit))
    }

    /// This key's number. libgcrypt reads the most significant byte first.
    private func number() -> gcry_mpi_t? {
        let reversed = InlineArray<32, UInt8> { bytes.storage[31 - $0] }
        var number: gcry_mpi_t?
        unsafe reversed.span.withUnsafeBytes { bytes in
            _ = unsafe gcry_mpi_scan(&number, GCRYMPI_FMT_USG, bytes.baseAddress, bytes.count, nil)
        }
        return unsafe number
    }

    private static func bytes(of number: gcry_mpi_t?, signBit: Bool) -> FixedBytes<32> {
        var printed = InlineArray<32, UInt8>(repeating: 0)
        var count = 0
        var output = printed.mutableSpan
        unsafe output.withUnsafeMutableBufferPointer { output in
            _ = unsafe gcry_mpi_print(GCRYMPI_FMT_USG, output.baseAddress, output.count, &count, number)
        }
        var bytes = FixedBytes<32>(InlineArray { $0 < count ? printed[count - 1 - $0] : 0 })
        if signBit { bytes.storage[31] |= 0x80 }
        return bytes
    }
}

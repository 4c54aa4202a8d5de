// Owns a second opinion: what protobuf-c itself reads in the same bytes. It must not call the code under test.

import CProtobufC
import CTernWire

/// What protobuf-c read.
struct Oracle {
    /// As `Kind.read` gives them.
    var values: [[UInt8]?]
    /// Whether protobuf-c writes what it read as the same bytes, all of it known: then nothing in them is out of order.
    var isCanonical: Bool

    /// nil where protobuf-c finds no message, or one without a field that libsignal asks for.
    init?(_ kind: Kind, _ bytes: [UInt8]) {
        switch kind {
        case .omemoMessage: self.init(omemoMessage: bytes)
        case .omemoAuthenticatedMessage: self.init(omemoAuthenticatedMessage: bytes)
        case .omemoKeyExchange: self.init(omemoKeyExchange: bytes)
        case .signalMessage: self.init(signalMessage: bytes)
        case .signalAuthenticatedMessage: self.init(signalAuthenticatedMessage: bytes)
        case .preKeySignalMessage: self.init(preKeySignalMessage: bytes)
        }
    }

    private init?(omemoMessage bytes: [UInt8]) {
        guard let message = unsafe tern__wire__omemomessage__unpack(nil, bytes.count, bytes) else { return nil }
        defer { unsafe tern__wire__omemomessage__free_unpacked(message, nil) }
        guard unsafe message.pointee.has_ciphertext != 0 else { return nil }
        values = unsafe [
            message.pointee.n.bytes, message.pointee.pn.bytes, message.pointee.dh_pub.array,
            message.pointee.ciphertext.array,
        ]
        isCanonical = unsafe Oracle.rewrites(UnsafeRawPointer(message), as: bytes)
    }

    private init?(omemoAuthenticatedMessage bytes: [UInt8]) {
        guard let pair = unsafe tern__wire__omemoauthenticated_message__unpack(nil, bytes.count, bytes)
        else { return nil }
        defer { unsafe tern__wire__omemoauthenticated_message__free_unpacked(pair, nil) }
        guard let message = unsafe Oracle(omemoMessage: pair.pointee.message.array) else { return nil }
        values = unsafe [pair.pointee.mac.array] + message.values
        isCanonical = unsafe Oracle.rewrites(UnsafeRawPointer(pair), as: bytes) && message.isCanonical
    }

    private init?(omemoKeyExchange bytes: [UInt8]) {
        guard let exchange = unsafe tern__wire__omemokey_exchange__unpack(nil, bytes.count, bytes) else { return nil }
        defer { unsafe tern__wire__omemokey_exchange__free_unpacked(exchange, nil) }
        guard let pair = unsafe exchange.pointee.message,
            let message = unsafe Oracle(omemoMessage: pair.pointee.message.array)
        else { return nil }
        values =
            unsafe [
                exchange.pointee.pk_id.bytes, exchange.pointee.spk_id.bytes, exchange.pointee.ik.array,
                exchange.pointee.ek.array, pair.pointee.mac.array,
            ] + message.values
        isCanonical =
            unsafe Oracle.rewrites(UnsafeRawPointer(exchange), as: bytes) && message.isCanonical
            && pair.pointee.base.n_unknown_fields == 0
    }

    private init?(signalMessage bytes: [UInt8]) {
        guard let protobuf = Oracle.unversioned(bytes),
            let message = unsafe tern__wire__signal_message__unpack(nil, protobuf.count, protobuf)
        else { return nil }
        defer { unsafe tern__wire__signal_message__free_unpacked(message, nil) }
        guard unsafe message.pointee.has_counter != 0, unsafe message.pointee.has_ratchet_key != 0,
            unsafe message.pointee.has_ciphertext != 0
        else { return nil }
        values = unsafe [
            message.pointee.counter.bytes, message.pointee.previous_counter.bytes,
            Array(message.pointee.ratchet_key.array.dropFirst()), message.pointee.ciphertext.array,
        ]
        isCanonical = unsafe Oracle.rewrites(UnsafeRawPointer(message), as: protobuf)
    }

    private init?(signalAuthenticatedMessage bytes: [UInt8]) {
        guard bytes.count > 8, let message = Oracle(signalMessage: bytes.dropLast(8)) else { return nil }
        values = [bytes.suffix(8)] + message.values
        isCanonical = message.isCanonical
    }

    private init?(preKeySignalMessage bytes: [UInt8]) {
        guard let protobuf = Oracle.unversioned(bytes),
            let exchange = unsafe tern__wire__pre_key_signal_message__unpack(nil, protobuf.count, protobuf)
        else { return nil }
        defer { unsafe tern__wire__pre_key_signal_message__free_unpacked(exchange, nil) }
        guard unsafe exchange.pointee.has_signed_pre_key_id != 0, unsafe exchange.pointee.has_base_key != 0,
            unsafe exchange.pointee.has_identity_key != 0,
            let message = unsafe Oracle(signalAuthenticatedMessage: exchange.pointee.message.array)
        else { return nil }
        values =
            unsafe [
                exchange.pointee.has_registration_id != 0 ? exchange.pointee.registration_id.bytes : nil,
                exchange.pointee.has_pre_key_id != 0 ? exchange.pointee.pre_key_id.bytes : nil,
                exchange.pointee.signed_pre_key_id.bytes, Array(exchange.pointee.base_key.array.dropFirst()),
                Array(exchange.pointee.identity_key.array.dropFirst()),
            ] + message.values
        isCanonical = unsafe Oracle.rewrites(UnsafeRawPointer(exchange), as: protobuf) && message.isCanonical
    }

    private static func unversioned(_ bytes: [UInt8]) -> [UInt8]? {
        guard let version = bytes.first, version >> 4 == 3, version & 0x0f >= 3 else { return nil }
        return Array(bytes.dropFirst())
    }

    private static func rewrites(_ message: UnsafeRawPointer, as bytes: [UInt8]) -> Bool {
        let message = unsafe message.assumingMemoryBound(to: ProtobufCMessage.self)
        guard unsafe message.pointee.n_unknown_fields == 0,
            unsafe protobuf_c_message_get_packed_size(message) == bytes.count
        else { return false }
        var written = [UInt8](repeating: 0, count: bytes.count)
        unsafe protobuf_c_message_pack(message, &written)
        return written == bytes
    }
}

extension ProtobufCBinaryData {
    var array: [UInt8] { unsafe Array(UnsafeBufferPointer(start: data, count: len)) }
}

// Owns which version of protobuf-c this process runs with.

internal import CTernWire

/// The library that writes the messages which are sent once a session.
public enum ProtobufC {
    /// The version that answers now, as "1.4.1".
    public static var version: String { unsafe String(cString: protobuf_c_version()) }
}

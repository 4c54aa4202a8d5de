// Owns which version of jansson this process runs with.

internal import CJansson

/// The library behind ``JSONReader``.
public enum Jansson {
    /// The version that answers now, as "2.14".
    public static var version: String { unsafe String(cString: jansson_version_str()) }
}

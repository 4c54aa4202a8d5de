// Owns which version of expat this process runs with.

internal import CExpat

/// The library behind ``XMLParser``.
public enum Expat {
    /// The version that answers now, as "2.5.0".
    public static var version: String {
        let version = XML_ExpatVersionInfo()
        return "\(version.major).\(version.minor).\(version.micro)"
    }
}

// Owns finding a port on loopback that nobody uses. It must not know who will.

internal import Glibc

/// Ports of this machine.
public enum FreePort {
    /// One that nobody listens at now.
    public static func find() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = unsafe withUnsafeMutablePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard unsafe bind(socket, address, length) == 0 else { return Int32(-1) }
                return unsafe getsockname(socket, address, &length)
            }
        }
        guard status == 0 else { throw Refusal.noPort }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Why there is none.
    public enum Refusal: Error { case noPort }
}

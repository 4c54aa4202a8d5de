// Owns the word that ends a GnuPG agent. It must not know what the agent holds.

internal import Glibc

/// The process that GnuPG keeps secret keys in.
enum Agent {
    /// Asks the agent of a home to end, if there is one, and waits for its answer.
    static func end(at home: String) {
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return }
        defer { close(socket) }
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array("\(home)/S.gpg-agent".utf8CString)
        guard name.count <= MemoryLayout.size(ofValue: address.sun_path) else { return }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in
            unsafe name.withUnsafeBytes { unsafe path.copyMemory(from: $0) }
        }
        let isConnected = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe connect(socket, address, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isConnected, hasLine(socket) else { return }
        let word = Array("KILLAGENT\n".utf8)
        guard
            unsafe word.withUnsafeBytes({ unsafe send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) })
                == word.count
        else { return }
        _ = hasLine(socket)
    }

    private static func hasLine(_ socket: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 1024)
        for _ in 0..<16 {
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { return false }
            if bytes[0..<count].contains(UInt8(ascii: "\n")) { return true }
        }
        return false
    }
}

// Owns sending descriptors to another process of this machine, with some bytes (unix(7), SCM_RIGHTS). It must not know what
// they are of.

internal import Glibc

/// Bytes and descriptors on a socket.
enum DescriptorMail {
    /// Room for three descriptors behind a header, whose length counts to the next multiple of 8.
    private static let header = MemoryLayout<cmsghdr>.size
    private static let count = 3
    private static let room = (header + count * 4 + 7) / 8 * 8

    /// Sends the three descriptors with one byte.
    static func send(_ descriptors: InlineArray<3, Int32>, to socket: Int32) -> Bool {
        var byte: UInt8 = 0
        return unsafe withUnsafeTemporaryAllocation(byteCount: room, alignment: 8) { control in
            unsafe control.initializeMemory(as: UInt8.self, repeating: 0)
            var head = cmsghdr()
            head.cmsg_len = header + count * 4
            head.cmsg_level = SOL_SOCKET
            head.cmsg_type = Int32(SCM_RIGHTS)
            unsafe control.storeBytes(of: head, as: cmsghdr.self)
            for place in 0..<count {
                unsafe control.storeBytes(of: descriptors[place], toByteOffset: header + place * 4, as: Int32.self)
            }
            return unsafe withMessage(&byte, control) { unsafe sendmsg(socket, $0, Int32(MSG_NOSIGNAL)) == 1 }
        }
    }

    /// Receives what ``send(_:to:)`` sent.
    /// - Returns: Nothing for anything else. Whoever gets them has to close them.
    static func receive(from socket: Int32) -> InlineArray<3, Int32>? {
        var byte: UInt8 = 0
        return unsafe withUnsafeTemporaryAllocation(byteCount: room, alignment: 8) {
            control -> InlineArray<3, Int32>? in
            unsafe control.initializeMemory(as: UInt8.self, repeating: 0)
            var length = 0
            let received = unsafe withMessage(&byte, control) { message in
                let received = unsafe recvmsg(socket, message, Int32(MSG_CMSG_CLOEXEC))
                length = unsafe message.pointee.msg_controllen
                return received == 1
            }
            guard received, length >= header else { return nil }
            let head = unsafe control.load(as: cmsghdr.self)
            guard head.cmsg_level == SOL_SOCKET, head.cmsg_type == Int32(SCM_RIGHTS) else { return nil }
            let given = max(0, (Int(head.cmsg_len) - header) / 4)
            let control = UnsafeRawBufferPointer(control)
            guard given == count else {
                for place in 0..<min(given, count) {
                    close(unsafe control.load(fromByteOffset: header + place * 4, as: Int32.self))
                }
                return nil
            }
            return InlineArray { unsafe control.load(fromByteOffset: header + $0 * 4, as: Int32.self) }
        }
    }

    private static func withMessage(
        _ byte: inout UInt8, _ control: UnsafeMutableRawBufferPointer, _ body: (UnsafeMutablePointer<msghdr>) -> Bool
    ) -> Bool {
        unsafe withUnsafeMutablePointer(to: &byte) { byte in
            var piece = unsafe iovec()
            unsafe piece.iov_base = UnsafeMutableRawPointer(byte)
            unsafe piece.iov_len = 1
            return unsafe withUnsafeMutablePointer(to: &piece) { piece in
                var message = unsafe msghdr()
                unsafe message.msg_iov = piece
                unsafe message.msg_iovlen = 1
                unsafe message.msg_control = control.baseAddress
                unsafe message.msg_controllen = control.count
                return unsafe body(&message)
            }
        }
    }
}

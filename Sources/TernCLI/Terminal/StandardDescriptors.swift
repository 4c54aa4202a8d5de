// Owns that descriptors 0, 1 and 2 are taken: where one is closed, the next file that is opened would get its number, and
// what is printed would be written into it.

internal import Glibc

enum StandardDescriptors {
    /// Puts something in the place of closed ones that cannot be used, so that using them still fails.
    static func take() {
        for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)] {
            // open gives the lowest number that is free
            if fcntl(descriptor, F_GETFD) < 0 { _ = unsafe open("/dev/null", mode) }
        }
    }
}

import Glibc

extension OpenFile where Self: ~Copyable {
    /// Whether this open file can be read and written without the page cache, O_DIRECT of open(2): it is switched on for a
    /// moment, fcntl(2) F_SETFL, while nobody uses the file yet.
    package func takesDirect() -> Bool {
        let flags = fcntl(number, F_GETFL)
        guard flags != -1, fcntl(number, F_SETFL, flags | O_DIRECT) == 0 else { return false }
        return fcntl(number, F_SETFL, flags) == 0
    }
}

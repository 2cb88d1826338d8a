import CLinux
import Glibc

/// Zeroed memory that is reserved at once and taken from the machine page by page, as it is touched: mmap(2),
/// MAP_NORESERVE. It never moves, and never shrinks.
package struct Region: ~Copyable, @unchecked Sendable {
    // Sendable: only the bytes behind the pointer change, and whoever owns the region guards them.
    package let base: UnsafeMutableRawPointer
    package let size: Int

    /// Reserves `size` bytes, or the largest half, quarter and so on of it that the address space has.
    package init(reserving size: Int, atLeast smallest: Int) throws(SystemError) {
        var size = size
        while true {
            let address = mmap(
                nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | Int32(MAP_NORESERVE), -1, 0)
            if let address, address != MAP_FAILED {
                base = address
                self.size = size
                return
            }
            if size / 2 < smallest { throw SystemError("mmap", on: "\(size) bytes", Errno.current) }
            size /= 2
        }
    }

    deinit { munmap(base, size) }
}

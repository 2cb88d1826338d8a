import CLinux
import Glibc

#if DEBUG
    /// syscall(2), for those who play a process that has been taken over: any call, whatever it does. Not in release builds.
    package func rawCall(_ number: Int32, _ arguments: [Int]) throws(Errno) -> Int {
        let all = arguments + Array(repeating: 0, count: 6 - arguments.count)
        let answer = berth_raw_call(Int(number), all)
        if answer == -1 { throw Errno.current }
        return answer
    }

    /// A page that is shared with a file, for words that are said without a call: mmap(2), MAP_SHARED.
    package struct SharedPage: Sendable {
        private let address: Int
        private static let size = 65_536

        package init(file path: String) throws(SystemError) {
            let file = Descriptor(
                owning: try attempt("open", on: path) { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) })
            try attempt("ftruncate", on: path) { ftruncate(file.number, off_t(Self.size)) }
            let page = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, 0)
            guard let page, page != MAP_FAILED else { throw SystemError("mmap", on: path, Errno.current) }
            address = Int(bitPattern: page)
        }

        /// Replaces what the file holds, as far as it has room.
        package func say(_ text: String) {
            let page = UnsafeMutableRawPointer(bitPattern: address)!
            page.copyMemory(from: Array(text.utf8.prefix(Self.size)), byteCount: min(text.utf8.count, Self.size))
        }
    }
#endif

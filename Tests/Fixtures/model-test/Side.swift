import CRawCalls
import Glibc

/// One of the two directories, with what is open in it. Used by one thread.
final class Side {
    static let slotCount = 10

    let path: String
    let avoided: Set<Difference>
    let root: Int32
    private(set) var slots = [Int32](repeating: -1, count: Side.slotCount)
    private(set) var directories: Set<Int> = []
    /// In memory: read(2) from it into a mapping answers EFAULT where a store would end the program with SIGBUS.
    private let staging: Int32

    init(_ path: String, avoiding avoided: Set<Difference>) throws {
        self.path = path
        self.avoided = avoided
        root = try must("open \(path)", raw_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0))
        staging = try must("memfd_create", memfd_create("staging", UInt32(MFD_CLOEXEC)))
    }

    deinit {
        closeAll()
        close(root)
        close(staging)
    }

    var open: [Int] { slots.indices.filter { slots[$0] >= 0 } }

    func base(_ place: Place) -> Int32 { place.slot.map { slots[$0] } ?? root }

    /// For the calls that take no directory descriptor.
    func path(_ place: Place) -> String { "/proc/self/fd/\(base(place))/\(place.path)" }

    /// Puts a new descriptor into a slot; what was there is closed.
    func keep(_ descriptor: Int32, in slot: Int) {
        if slots[slot] >= 0 { close(slots[slot]) }
        slots[slot] = descriptor
        var status = stat()
        let isDirectory = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        if isDirectory { directories.insert(slot) } else { directories.remove(slot) }
    }

    func closeSlot(_ slot: Int) -> Answer {
        let answer = Answer(close(slots[slot]))
        slots[slot] = -1
        directories.remove(slot)
        return answer
    }

    func closeAll() { for slot in open { _ = closeSlot(slot) } }

    /// The kind and mode of what a path leads to; 0 where it leads nowhere.
    func mode(at place: Place) -> mode_t {
        var status = stat()
        return fstatat(base(place), place.path, &status, 0) == 0 ? status.st_mode : 0
    }

    func mode(of slot: Int) -> mode_t {
        var status = stat()
        return fstat(slots[slot], &status) == 0 ? status.st_mode : 0
    }

    /// A new mode for a file, with the rights that it is not to lose.
    func allowed(_ mode: mode_t, for present: mode_t) -> mode_t {
        switch present & S_IFMT {
        case S_IFDIR where avoided.contains(.search): mode | 0o100
        case S_IFIFO where avoided.contains(.fifoPermission): mode | 0o600
        default: mode
        }
    }

    /// Copies bytes into mapped memory by a system call; -1 and EFAULT where the mapping has no file behind it.
    func store(_ bytes: [UInt8], at address: UnsafeMutableRawPointer) -> Int {
        if pwrite(staging, bytes, bytes.count, 0) != bytes.count { return -1 }
        return pread(staging, address, bytes.count, 0)
    }

    /// The other way round.
    func load(_ count: Int, from address: UnsafeMutableRawPointer, into bytes: inout [UInt8]) -> Int {
        let length = pwrite(staging, address, count, 0)
        if length <= 0 { return length }
        bytes = [UInt8](repeating: 0, count: length)
        return pread(staging, &bytes, length, 0)
    }
}

/// Where an operation takes place: a path below the root, or below a directory that is open in a slot.
struct Place: CustomStringConvertible {
    let slot: Int?
    let path: String

    var description: String { slot.map { "#\($0)/\(path)" } ?? path }
}

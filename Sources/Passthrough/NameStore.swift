import Glibc
import Linux

/// File names in one region of memory, each in a block of 16, 32, … 256 bytes. Blocks that are given back are used again
/// for names of their size.
struct NameStore: ~Copyable {
    private let region: Region
    /// Counted in blocks of 16 bytes. Block 0 stays unused: 0 stands for none.
    private var next: UInt32 = 1
    /// The first free block of each size; a free block begins with the number of the next one.
    private let free: UnsafeMutablePointer<UInt32>

    private static let sizes = 16
    private static let block = 16

    init(reserving bytes: Int) throws(SystemError) {
        region = try Region(reserving: bytes, atLeast: 1 << 24)
        free = .allocate(capacity: Self.sizes)
        free.initialize(repeating: 0, count: Self.sizes)
    }

    deinit { free.deallocate() }

    /// Keeps a name of at most 255 bytes; ENOMEM where the region is full.
    mutating func keep(_ name: CName) throws(Errno) -> UInt32 {
        let length = strlen(name)
        let size = Self.size(ofLength: length)
        let place = try take(size)
        memcpy(pointer(place), name, length + 1)
        return place
    }

    mutating func drop(_ place: UInt32) {
        if place == 0 { return }
        let size = Self.size(ofLength: strlen(name(place)))
        pointer(place).storeBytes(of: free[size], as: UInt32.self)
        free[size] = place
    }

    /// The name at a place; valid until it is dropped.
    func name(_ place: UInt32) -> CName {
        UnsafePointer(pointer(place).assumingMemoryBound(to: CChar.self))
    }

    private mutating func take(_ size: Int) throws(Errno) -> UInt32 {
        let reused = free[size]
        if reused != 0 {
            free[size] = pointer(reused).load(as: UInt32.self)
            return reused
        }
        let blocks = UInt32(size + 1)
        guard (Int(next) + Int(blocks)) * Self.block <= region.size else { throw Errno(ENOMEM) }
        defer { next += blocks }
        return next
    }

    private func pointer(_ place: UInt32) -> UnsafeMutableRawPointer { region.base + Int(place) * Self.block }

    /// Which size a name of `length` bytes and its NUL needs: 0 for 16 bytes, 15 for 256.
    private static func size(ofLength length: Int) -> Int { length / block }
}

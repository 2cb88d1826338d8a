import Fuse
import Glibc
import Linux
import Synchronization

/// Which descriptors the kernel was given as handles of open files: a handle is the descriptor's number, and no other
/// number is taken for one, whoever names it.
struct Handles: ~Copyable, Sendable {
    enum Kind: UInt8 { case none, file, directory }

    /// A byte for each descriptor this process may have.
    private let region: Region

    init(upTo limit: Int) throws(SystemError) { region = try Region(reserving: max(limit, 4096), atLeast: 4096) }

    private func place(_ number: Int) -> UnsafeMutablePointer<Atomic<UInt8>> {
        region.base.advanced(by: number).assumingMemoryBound(to: Atomic<UInt8>.self)
    }

    /// Makes a descriptor a handle; EMFILE, and closed, beyond what there is room for.
    func give(_ descriptor: Int32, _ kind: Kind, to file: inout OpenFileState) throws(Errno) {
        guard Int(descriptor) < region.size else {
            close(descriptor)
            throw Errno(EMFILE)
        }
        place(Int(descriptor)).pointee.store(kind.rawValue, ordering: .releasing)
        file.fh = UInt64(descriptor)
    }

    /// The descriptor of a handle; EBADF where it is none of that kind.
    func find(_ file: OpenFileState, _ kind: Kind = .file) throws(Errno) -> FileReference {
        guard file.fh < UInt64(region.size),
            place(Int(file.fh)).pointee.load(ordering: .acquiring) == kind.rawValue
        else { throw Errno(EBADF) }
        return FileReference(Int32(file.fh))
    }

    /// Closes the descriptor of a handle, once; false where it is none.
    func giveUp(_ file: OpenFileState, _ kind: Kind = .file) -> Bool {
        guard file.fh < UInt64(region.size) else { return false }
        let none = Kind.none.rawValue
        let exchange = place(Int(file.fh)).pointee.compareExchange(
            expected: kind.rawValue, desired: none, ordering: .acquiringAndReleasing)
        if exchange.exchanged { close(Int32(file.fh)) }
        return exchange.exchanged
    }
}

import CLinux
import Glibc

/// Arguments of system calls in memory that nobody can change any more, at addresses that seccomp(2) can compare.
///
/// A filter sees the address of a structure or a path, and not what is there. Where it lets a call pass only with the
/// address of such a page, and no call that could put something else in the page's place, it has seen the contents too:
/// openat2(2) then follows no link and crosses no mount, whatever name it gets, and fchownat(2) takes descriptors.
package struct FixedArguments: Hashable, Sendable {
    /// Below anything else that a program has mapped, where addresses have more than 32 bits.
    package static let page: UInt = 0x1000_0000
    /// A multiple of every processor's page size.
    package static let size: UInt = 65_536

    /// Whether a filter sees what mmap(2) is asked for. On s390x all of it lies in memory, and anything could come in the
    /// page's place.
    package static var canBeKept: Bool {
        #if arch(s390x)
            false
        #else
            true
        #endif
    }

    /// RESOLVE_BENEATH: nor does it go up, or to an absolute path. The kernel pays for that with a lock that all
    /// processors share; where trees are detached and the root is empty, up leads nowhere anyway.
    package let isBeneath: Bool

    /// `struct open_how` of openat2(2): to read a directory, and to have a path-only descriptor of anything, links
    /// included.
    package var directory: UInt { Self.page + (isBeneath ? 256 : 0) }
    package var entry: UInt { directory + 64 }
    /// The empty path, with which fchownat(2) means the descriptor itself.
    package var emptyPath: UInt { Self.page + 128 }

    private init(isBeneath: Bool) { self.isBeneath = isBeneath }

    /// Makes the page, at the first call; it stays until the process ends. EEXIST where something else is mapped there.
    package static func inPlace(beneath: Bool) throws(SystemError) -> FixedArguments {
        try made.get()
        return FixedArguments(isBeneath: beneath)
    }

    private static let made: Result<Void, SystemError> = {
        do throws(SystemError) { return .success(try make()) } catch { return .failure(error) }
    }()

    private static func make() throws(SystemError) {
        // MAP_FIXED_NOREPLACE; a kernel before 4.17 takes the address for a wish.
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | 0x10_0000
        let wanted = UnsafeMutableRawPointer(bitPattern: page)
        let made = mmap(wanted, Int(size), PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let made, made != MAP_FAILED else { throw SystemError("mmap", Errno.current) }
        guard made == wanted else {
            munmap(made, Int(size))
            throw SystemError("mmap", Errno(EEXIST))
        }
        for arguments in [FixedArguments(isBeneath: false), FixedArguments(isBeneath: true)] { arguments.write() }
        try attempt("mprotect") { mprotect(made, Int(size), PROT_READ) }
    }

    private func write() {
        let resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV | (isBeneath ? RESOLVE_BENEATH : 0)
        let reading = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        for (address, flags) in [(directory, reading), (entry, O_PATH | O_NOFOLLOW | O_CLOEXEC)] {
            let how = open_how(flags: UInt64(UInt32(bitPattern: flags)), mode: 0, resolve: UInt64(resolve))
            UnsafeMutableRawPointer(bitPattern: address)!.storeBytes(of: how, as: open_how.self)
        }
    }
}

/// How a walk opens what it finds, and changes owners: by the calls that everybody makes, or by those with fixed
/// arguments.
package struct TreeCalls: Sendable {
    /// nil: openat(2).
    package let arguments: FixedArguments?
    /// What this process's descriptors are found under, by their numbers: a path that ends in a slash, or an empty one
    /// where the working directory is that of proc(5).
    package let descriptors: StaticString

    package init(_ arguments: FixedArguments? = nil, descriptors: StaticString = "/proc/self/fd/") {
        self.arguments = arguments
        self.descriptors = descriptors
    }

    /// To be read; never waits. The caller closes the number. ENOTDIR, ELOOP: it is no directory. EXDEV: with fixed
    /// arguments, it is on another mount.
    package func openDirectory(_ name: CName, in directory: FileReference) throws(Errno) -> Descriptor {
        guard let arguments else {
            let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK
            return Descriptor(owning: try directory.openNumber(name, flags))
        }
        return Descriptor(owning: try errnoCall { berth_openat2(directory.number, name, arguments.directory) })
    }

    /// O_PATH: the entry itself, links not followed. The caller closes the number. EXDEV as above.
    package func openEntry(_ name: CName, in directory: FileReference) throws(Errno) -> Descriptor {
        guard let arguments else { return Descriptor(owning: try directory.openNumber(name, O_PATH | O_NOFOLLOW)) }
        return Descriptor(owning: try errnoCall { berth_openat2(directory.number, name, arguments.entry) })
    }

    /// fchownat(2), AT_EMPTY_PATH: this file itself, links included. 4294967295 leaves an id as it is.
    package func changeOwner(of file: FileReference, user: uid_t, group: gid_t) throws(Errno) {
        guard let arguments else { return try file.changeOwner(user: user, group: group) }
        _ = try errnoCall { berth_change_owner(file.number, arguments.emptyPath, user, group) }
    }
}

import CFuse
import Glibc
import Linux

/// A request as it was read from the kernel, fuse(4): a header, a structure of the operation, and names or data.
struct RawRequest {
    let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var header: fuse_in_header? { structure(at: 0) }

    var operation: fuse_opcode { fuse_opcode(rawValue: header?.opcode ?? 0) }

    /// What an answer has to name; nil where none is awaited, or none can be sent.
    var unique: UInt64? {
        let silent = [FUSE_FORGET, FUSE_BATCH_FORGET, FUSE_INTERRUPT, FUSE_NOTIFY_REPLY]
        guard let header, !silent.contains(operation) else { return nil }
        return header.unique
    }

    /// Why the request cannot be taken at its word; nil where it is well formed.
    var fault: Errno? {
        guard let header, header.len == bytes.count else { return Errno(EIO) }
        let form = RequestForm(operation)
        let end = MemoryLayout<fuse_in_header>.size + form.size
        guard bytes.count >= end else { return Errno(EIO) }
        guard hasNames(form.names, from: end) else { return Errno(EIO) }
        return holdsWhatItCounts(operation) ? nil : Errno(EIO)
    }

    /// A write, truncation or truncating open of a caller without CAP_FSETID.
    var clearsSetID: Bool {
        switch operation {
        case FUSE_WRITE:
            let write: fuse_write_in? = structure()
            return (write?.write_flags ?? 0) & UInt32(FUSE_WRITE_KILL_SUIDGID) != 0
        case FUSE_OPEN, FUSE_CREATE:
            let kill = UInt32(FUSE_OPEN_KILL_SUIDGID)
            if operation == FUSE_OPEN {
                let open: fuse_open_in? = structure()
                return (open?.open_flags ?? 0) & kill != 0
            }
            let create: fuse_create_in? = structure()
            return (create?.open_flags ?? 0) & kill != 0
        case FUSE_SETATTR:
            let change: fuse_setattr_in? = structure()
            return (change?.valid ?? 0) & UInt32(FATTR_KILL_SUIDGID) != 0
        default: return false
        }
    }

    /// The request whose caller was signalled: FUSE_INTERRUPT. nil for every other request.
    var interrupted: UInt64? {
        guard operation == FUSE_INTERRUPT else { return nil }
        let interrupt: fuse_interrupt_in? = structure()
        return interrupt?.unique
    }

    /// What the kernel can do, of FUSE_INIT: its first 32 flags, and above them those of FUSE_INIT_EXT.
    var kernelFlags: UInt64 {
        // Kernels before 5.17 send no more of struct fuse_init_in than its first four numbers.
        let place = MemoryLayout<fuse_in_header>.size + MemoryLayout<fuse_init_in>.offset(of: \.flags)!
        guard operation == FUSE_INIT, let flags: UInt32 = structure(at: place) else { return 0 }
        guard flags & UInt32(FUSE_INIT_EXT) != 0, let further: UInt32 = structure(at: place + 4) else {
            return UInt64(flags)
        }
        return UInt64(further) << 32 | UInt64(flags)
    }

    /// As many names, each ended by a NUL byte, as the operation takes.
    private func hasNames(_ count: Int, from start: Int) -> Bool {
        var rest = bytes[start...]
        for _ in 0..<count {
            guard let end = rest.firstIndex(of: 0) else { return false }
            rest = rest[(end + 1)...]
        }
        return true
    }

    /// Data as long as the request says.
    private func holdsWhatItCounts(_ operation: fuse_opcode) -> Bool {
        let room = bytes.count - MemoryLayout<fuse_in_header>.size
        switch operation {
        case FUSE_WRITE:
            guard let write: fuse_write_in = structure() else { return false }
            return Int(write.size) <= room - MemoryLayout<fuse_write_in>.size
        case FUSE_BATCH_FORGET:
            guard let forget: fuse_batch_forget_in = structure() else { return false }
            let size = MemoryLayout<fuse_forget_one>.size
            return Int(forget.count) <= (room - MemoryLayout<fuse_batch_forget_in>.size) / size
        case FUSE_INIT: return kernelFlags & UInt64(FUSE_INIT_EXT) == 0 || room >= MemoryLayout<fuse_init_in>.size
        case FUSE_SETXATTR: return holdsAttributeValue(room)
        case FUSE_IOCTL:
            guard let control: fuse_ioctl_in = structure() else { return false }
            return Int(control.in_size) <= room - MemoryLayout<fuse_ioctl_in>.size
        case FUSE_GETLK, FUSE_SETLK, FUSE_SETLKW:
            guard let lock: fuse_lk_in = structure() else { return false }
            // What libfuse makes of anything else is no range of fcntl(2).
            return lock.lk.start <= lock.lk.end && lock.lk.end <= UInt64(Int64.max)
                && [F_RDLCK, F_WRLCK, F_UNLCK].contains(Int32(bitPattern: lock.lk.type))
        case FUSE_READ, FUSE_READDIR, FUSE_READDIRPLUS:
            guard let read: fuse_read_in = structure() else { return false }
            return read.size <= largestRead
        case FUSE_GETXATTR, FUSE_LISTXATTR:
            guard let attribute: fuse_getxattr_in = structure() else { return false }
            return attribute.size <= largestRead
        default: return true
        }
    }

    private func holdsAttributeValue(_ room: Int) -> Bool {
        // Not the whole structure: where the name and the value are short, the request is shorter than that.
        guard let size: UInt32 = structure() else { return false }
        let fixed = RequestForm.attributeSize
        let start = MemoryLayout<fuse_in_header>.size + fixed
        guard let nameEnd = bytes[start...].firstIndex(of: 0) else { return false }
        return Int(size) <= room - fixed - (nameEnd + 1 - start)
    }

    private func structure<Form>(at offset: Int = MemoryLayout<fuse_in_header>.size) -> Form? {
        guard bytes.count >= offset + MemoryLayout<Form>.size else { return nil }
        return bytes.loadUnaligned(fromByteOffset: offset, as: Form.self)
    }
}

/// More than the kernel ever asks for at once, in bytes: 1 MiB.
private let largestRead: UInt32 = 1 << 20

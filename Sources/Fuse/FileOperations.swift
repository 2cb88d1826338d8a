import CFuse
import Glibc
import Linux

/// The part of libfuse's table that is about open files.
func addFileOperations(_ table: inout fuse_lowlevel_ops) {
    addOpenOperations(&table)
    addDataOperations(&table)
}

private func addOpenOperations(_ table: inout fuse_lowlevel_ops) {
    table.open = { request, node, file in
        answer(request) { (fs) throws(Errno) in
            var opened = file!.pointee
            if fs.readOnly && opened.flags & (O_ACCMODE | O_TRUNC) != O_RDONLY { throw Errno(EROFS) }
            try fs.open(node, &opened)
            return .opened(opened)
        }
    }
    table.create = { request, parent, name, mode, file in
        answerChange(request) { (fs) throws(Errno) in
            var opened = file!.pointee
            let entry = try fs.create(place(request!, parent, name!), mode: mode, &opened)
            return .created(entry, opened)
        }
    }
    table.release = { request, node, file in
        answer(request) { fs in
            fs.release(node, file!.pointee)
            return .done
        }
    }
    table.flush = { request, node, file in
        answer(request) { (fs) throws(Errno) in
            // Whatever close has to report.
            defer { fs.closeEndsLocks(node, file!.pointee) }
            try fs.flush(node, file!.pointee)
            return .done
        }
    }
    table.fsync = { request, _, dataOnly, file in
        answer(request) { (fs) throws(Errno) in
            if !fs.readOnly { try fs.synchronize(file!.pointee, dataOnly: dataOnly != 0) }
            return .done
        }
    }
}

private func addDataOperations(_ table: inout fuse_lowlevel_ops) {
    table.read = { request, node, size, offset, file in
        answerFilling(request, size) { (fs, room) throws(Errno) in
            try fs.read(node, file!.pointee, into: room, at: Int(offset))
        }
    }
    table.write = { request, _, bytes, size, offset, file in
        answerChange(request) { (fs) throws(Errno) in
            let room = UnsafeRawBufferPointer(start: bytes, count: size)
            return .written(try fs.write(file!.pointee, room, at: Int(offset)))
        }
    }
    table.fallocate = { request, _, mode, offset, length, file in
        answerChange(request) { (fs) throws(Errno) in
            try fs.allocate(file!.pointee, mode: mode, offset: Int(offset), length: Int(length))
            return .done
        }
    }
    table.lseek = { request, node, offset, whence, file in
        answer(request) { (fs) throws(Errno) in .offset(try fs.seek(node, file!.pointee, Int(offset), whence)) }
    }
    table.copy_file_range = { request, _, offset, source, _, targetOffset, target, length, flags in
        answerChange(request) { (fs) throws(Errno) in
            let copy = CopyRequest(
                source: source!.pointee, sourceOffset: Int(offset), target: target!.pointee,
                targetOffset: Int(targetOffset), length: length, flags: UInt32(bitPattern: flags))
            return .written(try fs.copy(copy))
        }
    }
}

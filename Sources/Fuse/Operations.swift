import CFuse
import Glibc
import Linux

/// libfuse's table of operations: each entry takes the request apart, and has it answered once.
///
/// Requests that are not in the table are answered ENOSYS by libfuse.
func makeOperations() -> fuse_lowlevel_ops {
    var table = fuse_lowlevel_ops()
    addNodeOperations(&table)
    addTreeOperations(&table)
    addFileOperations(&table)
    addDirectoryOperations(&table)
    addExtendedAttributeOperations(&table)
    addControlOperations(&table)
    addLockOperations(&table)
    return table
}

private func addNodeOperations(_ table: inout fuse_lowlevel_ops) {
    table.`init` = { userData, connection in
        Unmanaged<SessionState>.fromOpaque(userData!)._withUnsafeGuaranteedRef { $0.negotiate(connection!) }
    }
    table.lookup = { request, parent, name in
        answer(request) { (fs) throws(Errno) in .entry(try fs.lookup(name!, in: parent)) }
    }
    table.forget = { request, node, count in
        answer(request) { fs in
            fs.forget(node, lookups: count)
            return .none
        }
    }
    table.forget_multi = { request, count, nodes in
        answer(request) { fs in
            for index in 0..<count { fs.forget(nodes![index].ino, lookups: nodes![index].nlookup) }
            return .none
        }
    }
    table.getattr = { request, node, file in
        answer(request) { (fs) throws(Errno) in
            .attributes(try fs.attributes(of: node, file?.pointee), timeout: fs.attributeTimeout(of: node))
        }
    }
    table.setattr = { request, node, status, bits, file in
        answerChange(request) { (fs) throws(Errno) in
            let change = AttributeChange(status: status!.pointee, fields: AttributeChange.Fields(rawValue: bits))
            return .attributes(try fs.change(node, change, file?.pointee), timeout: fs.attributeTimeout(of: node))
        }
    }
    table.readlink = { request, node in
        // One byte more than the longest link: fuse_reply_readlink wants the NUL.
        withUnsafeTemporaryAllocation(byteCount: Int(PATH_MAX) + 1, alignment: 1) { room in
            answer(request) { (fs) throws(Errno) in
                let space = UnsafeMutableRawBufferPointer(rebasing: room[..<Int(PATH_MAX)])
                return .bytes(UnsafeRawBufferPointer(rebasing: room[..<(try fs.readLink(node, into: space))]))
            }
        }
    }
    table.access = { request, node, mode in
        answer(request) { (fs) throws(Errno) in
            if fs.readOnly && mode & W_OK != 0 { throw Errno(EROFS) }
            try fs.access(node, mode: mode)
            return .done
        }
    }
    table.statfs = { request, node in
        answer(request) { (fs) throws(Errno) in .fileSystem(try fs.fileSystemStatus(node)) }
    }
}

private func addTreeOperations(_ table: inout fuse_lowlevel_ops) {
    table.mknod = { request, parent, name, mode, device in
        answerChange(request) { (fs) throws(Errno) in
            .entry(try fs.makeNode(place(request!, parent, name!), mode: mode, device: device))
        }
    }
    table.mkdir = { request, parent, name, mode in
        answerChange(request) { (fs) throws(Errno) in
            .entry(try fs.makeDirectory(place(request!, parent, name!), mode: mode))
        }
    }
    table.symlink = { request, target, parent, name in
        answerChange(request) { (fs) throws(Errno) in
            .entry(try fs.makeSymbolicLink(place(request!, parent, name!), to: target!))
        }
    }
    table.link = { request, node, parent, name in
        answerChange(request) { (fs) throws(Errno) in
            .entry(try fs.makeHardLink(place(request!, parent, name!), to: node))
        }
    }
    table.unlink = { request, parent, name in
        answerChange(request) { (fs) throws(Errno) in
            try fs.remove(name!, in: parent, directory: false)
            return .done
        }
    }
    table.rmdir = { request, parent, name in
        answerChange(request) { (fs) throws(Errno) in
            try fs.remove(name!, in: parent, directory: true)
            return .done
        }
    }
    table.rename = { request, parent, name, newParent, newName, flags in
        answerChange(request) { (fs) throws(Errno) in
            try fs.rename(name!, in: parent, to: newName!, in: newParent, flags: flags)
            return .done
        }
    }
}

func place(_ request: fuse_req_t, _ parent: NodeNumber, _ name: CName) -> NewPlace {
    let caller = fuse_req_ctx(request).pointee
    return NewPlace(parent: parent, name: name, umask: caller.umask, user: caller.uid, group: caller.gid)
}

private func addDirectoryOperations(_ table: inout fuse_lowlevel_ops) {
    table.opendir = { request, node, file in
        answer(request) { (fs) throws(Errno) in
            var opened = file!.pointee
            try fs.openDirectory(node, &opened)
            return .opened(opened)
        }
    }
    table.readdir = { request, node, size, offset, file in
        list(request, node, size, offset, file!.pointee, attributes: false)
    }
    table.readdirplus = { request, node, size, offset, file in
        list(request, node, size, offset, file!.pointee, attributes: true)
    }
    table.releasedir = { request, node, file in
        answer(request) { fs in
            fs.releaseDirectory(node, file!.pointee)
            return .done
        }
    }
    table.fsyncdir = { request, node, dataOnly, file in
        answer(request) { (fs) throws(Errno) in
            if !fs.readOnly { try fs.synchronizeDirectory(file!.pointee, dataOnly: dataOnly != 0) }
            return .done
        }
    }
}

private func list(
    _ request: fuse_req_t?, _ node: NodeNumber, _ size: Int, _ offset: off_t, _ file: OpenFileState, attributes: Bool
) {
    answerFilling(request, size) { (fs, room) throws(Errno) in
        var listing = DirectoryListing(request!, room, wantsAttributes: attributes)
        try fs.readDirectory(node, file, at: Int(offset), into: &listing)
        return listing.filled
    }
}

private func addExtendedAttributeOperations(_ table: inout fuse_lowlevel_ops) {
    table.getxattr = { request, node, name, size in
        answerFilling(request, size, sizeOnly: true) { (fs, room) throws(Errno) in
            try fs.attribute(node, name!, into: room)
        }
    }
    table.listxattr = { request, node, size in
        answerFilling(request, size, sizeOnly: true) { (fs, room) throws(Errno) in
            try fs.attributeNames(node, into: room)
        }
    }
    table.setxattr = { request, node, name, value, size, flags in
        answerChange(request) { (fs) throws(Errno) in
            try fs.setAttribute(node, name!, UnsafeRawBufferPointer(start: value, count: size), flags: flags)
            return .done
        }
    }
    table.removexattr = { request, node, name in
        answerChange(request) { (fs) throws(Errno) in
            try fs.removeAttribute(node, name!)
            return .done
        }
    }
}

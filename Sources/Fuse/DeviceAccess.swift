import CFuse
import Glibc

/// How libfuse reads requests and writes answers here, fuse_session_custom_io: from the thread's own queue, no request
/// unchecked, and with what libfuse 3.14 does not know of the protocol.
func makeDeviceAccess() -> fuse_custom_io {
    var access = fuse_custom_io()
    access.read = { _, room, size, _ in readRequest(UnsafeMutableRawBufferPointer(start: room, count: size)) }
    access.writev = { _, parts, count, _ in writeAnswer(UnsafeMutableBufferPointer(start: parts, count: Int(count))) }
    return access
}

/// One read(2); a request that is not well formed is answered here, and never seen by libfuse, which trusts the kernel.
private func readRequest(_ room: UnsafeMutableRawBufferPointer) -> Int {
    let worker = Worker.current
    while true {
        var size = read(worker.pointee.device, room.baseAddress, room.count)
        if size <= 0 { return size }
        let extra = cutExtension(UnsafeMutableRawBufferPointer(rebasing: room[..<size]), worker, &size)
        let request = RawRequest(UnsafeRawBufferPointer(rebasing: room[..<size]))
        guard let fault = request.fault else {
            if let interrupted = request.interrupted {
                worker.pointee.waits.interrupt(interrupted)
                continue
            }
            worker.pointee.unique = request.unique ?? 0
            worker.pointee.operation = request.operation
            worker.pointee.clearsSetID = request.clearsSetID || extra & UInt32(FUSE_SETXATTR_ACL_KILL_SGID) != 0
            worker.pointee.kernelFlags = request.kernelFlags
            worker.pointee.backing = 0
            worker.pointee.watch?.begin(request)
            return size
        }
        worker.pointee.watch?.begin(request)
        worker.pointee.watch?.refuse(fault)
        guard let unique = request.unique else { continue }
        var header = fuse_out_header(
            len: UInt32(MemoryLayout<fuse_out_header>.size), error: -fault.rawValue, unique: unique)
        // The kernel may have given the request up meanwhile; then nobody waits for the answer.
        _ = write(worker.pointee.device, &header, MemoryLayout<fuse_out_header>.size)
    }
}

private func cutExtension(
    _ message: UnsafeMutableRawBufferPointer, _ worker: UnsafeMutablePointer<Worker>, _ size: inout Int
) -> UInt32 {
    guard RawRequest(UnsafeRawBufferPointer(message)).operation == FUSE_SETXATTR,
        worker.pointee.agreement?.extendsAttributes.load(ordering: .acquiring) == true
    else { return 0 }
    let cut = cutAttributeExtension(message)
    size = cut.size
    return cut.flags
}

private func writeAnswer(_ parts: UnsafeMutableBufferPointer<iovec>) -> Int {
    let worker = Worker.current
    // What failed is answered with a header alone.
    if parts.count == 2 {
        switch worker.pointee.operation {
        case FUSE_INIT:
            let greeting = worker.pointee.greeting
            greeting.complete(parts[1])
            worker.pointee.agreement?.extendsAttributes.store(greeting.extendsAttributes, ordering: .releasing)
        case FUSE_OPEN, FUSE_CREATE: nameBacking(worker.pointee.backing, in: parts[1])
        default: break
        }
    }
    worker.pointee.watch?.answer(parts)
    return writev(worker.pointee.device, parts.baseAddress, Int32(parts.count))
}

import CRawCalls
import Glibc

// What is done to one name, by descriptor of the tree. Bare system calls: nothing else may be in the time.

func create(_ root: Int32, _ name: borrowing Name, _ tally: inout Tally) {
    let file = raw_openat(root, name.path, O_WRONLY | O_CREAT | O_EXCL, 0o644)
    if file < 0 { return tally.count(file) }
    withUnsafeTemporaryAllocation(byteCount: FilePass.fileSize, alignment: 8) { content in
        content.initializeMemory(as: UInt8.self, repeating: 0)
        content.storeBytes(of: name.number, as: Int.self)
        let written = write(file, content.baseAddress, content.count)
        if written != content.count { tally.error = written < 0 ? errno : -1 }
        tally.bytes += max(written, 0)
    }
    tally.count(close(file))
}

func look(_ root: Int32, _ name: borrowing Name, _ tally: inout Tally) {
    var status = stat()
    tally.count(fstatat(root, name.path, &status, AT_SYMLINK_NOFOLLOW))
    tally.bytes += Int(status.st_size)
}

func openAndClose(_ root: Int32, _ name: borrowing Name, _ tally: inout Tally) {
    let file = raw_openat(root, name.path, O_RDONLY, 0)
    tally.count(file < 0 ? file : close(file))
}

func readWhole(_ root: Int32, _ name: borrowing Name, _ tally: inout Tally) {
    let file = raw_openat(root, name.path, O_RDONLY, 0)
    if file < 0 { return tally.count(file) }
    withUnsafeTemporaryAllocation(byteCount: 2 * FilePass.fileSize, alignment: 8) { content in
        let length = read(file, content.baseAddress, content.count)
        if length != FilePass.fileSize || content.load(as: Int.self) != name.number {
            tally.error = length < 0 ? errno : -1
        }
        tally.bytes += max(length, 0)
    }
    tally.count(close(file))
}

func list(_ root: Int32, _ name: borrowing Name, _ tally: inout Tally) {
    readDirectory(root, name, &tally) { _, _, tally in tally.units += 1 }
}

func listAndLook(_ root: Int32, _ name: borrowing Name, _ tally: inout Tally) {
    readDirectory(root, name, &tally) { directory, entry, tally in
        var status = stat()
        tally.count(fstatat(directory, entry, &status, AT_SYMLINK_NOFOLLOW))
        tally.bytes += Int(status.st_size)
    }
}

func delete(_ root: Int32, _ name: borrowing Name, _ tally: inout Tally) {
    tally.count(unlinkat(root, name.path, 0))
}

private func readDirectory(
    _ root: Int32, _ name: borrowing Name, _ tally: inout Tally,
    _ each: (Int32, UnsafePointer<CChar>, inout Tally) -> Void
) {
    let descriptor = raw_openat(root, name.path, O_RDONLY | O_DIRECTORY, 0)
    guard descriptor >= 0, let directory = fdopendir(descriptor) else { return tally.error = errno }
    errno = 0
    while tally.error == 0, let entry = readdir(directory) {
        // `.` and `..` are not counted; no other name of these trees begins with a dot.
        let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name)!
        let entryName = (UnsafeRawPointer(entry) + nameOffset).assumingMemoryBound(to: CChar.self)
        if entryName.pointee != 0x2e { each(descriptor, entryName, &tally) }
        errno = 0
    }
    if tally.error == 0 { tally.error = errno }
    closedir(directory)
}

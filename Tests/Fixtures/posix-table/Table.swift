import CRawCalls
import Glibc

let wholeTable: [Check] =
    openingChecks + dataChecks + spaceChecks + mappingChecks + attributeChecks + timeChecks + linkChecks
    + removalChecks + renameChecks + directoryChecks + nameChecks + specialFileChecks + extendedAttributeChecks
    + lockChecks + processChecks

/// Runs each check in a directory of its own below `root` and prints how it went. True if all held.
func runTable(_ table: [Check], in root: String) -> Bool {
    let before = openDescriptors()
    var allHeld = true
    for check in table {
        let words = outcome(of: check, in: root)
        print(words == nil ? "ok \(check.name)" : "FAILED \(check.name): \(words!)")
        allHeld = allHeld && words == nil
    }
    let leaked = openDescriptors() - before
    print(leaked == 0 ? "ok no-descriptor-left-open" : "FAILED no-descriptor-left-open: \(leaked) left")
    return allHeld && leaked == 0
}

/// Nil if the check held, else what went otherwise.
private func outcome(of check: Check, in root: String) -> String? {
    let scratch = Scratch(path: root + "/" + check.name)
    do {
        try must("mkdir", mkdir(scratch.path, 0o755))
        try check.run(scratch)
        try removeTree(scratch.path)
        return nil
    } catch {
        return "\(error)"
    }
}

private func openDescriptors() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count
}

/// Removes a tree, whatever modes its directories have.
func removeTree(_ path: String) throws {
    chmod(path, 0o700)
    guard let directory = opendir(path) else { throw Failure("opendir: \(nameOfErrno(errno))") }
    var children: [String] = []
    while let entry = readdir(directory) {
        // A name need not be valid UTF-8: those are removed through their bytes by the check that made them.
        let name = nameOf(entry)
        if name != "." && name != ".." { children.append(path + "/" + name) }
    }
    closedir(directory)
    for child in children {
        var status = stat()
        try must("lstat", lstat(child, &status))
        if status.st_mode & S_IFMT == S_IFDIR {
            try removeTree(child)
        } else {
            try must("unlink", unlink(child))
        }
    }
    try must("rmdir when all is removed", rmdir(path))
}

import CRawCalls
import Glibc

/// Runs each check in a directory of its own below `root` and prints how it went: `ok`, `FAILED` or, where the file
/// system refuses what it need not offer, `absent`. True if none failed.
func runTable(_ table: [Check], in root: String) -> Bool {
    let before = openDescriptors()
    var allHeld = true
    for check in table {
        let outcome = outcome(of: check, in: root)
        print(outcome.line(for: check.name))
        if case .failed = outcome { allHeld = false }
    }
    let leaked = openDescriptors() - before
    print(leaked == 0 ? "ok no-descriptor-left-open" : "FAILED no-descriptor-left-open: \(leaked) left")
    return allHeld && leaked == 0
}

private enum CheckOutcome {
    case held
    case failed(String)
    case absent(String)

    func line(for name: String) -> String {
        switch self {
        case .held: "ok \(name)"
        case .failed(let words): "FAILED \(name): \(words)"
        case .absent(let words): "absent \(name): \(words)"
        }
    }
}

private func outcome(of check: Check, in root: String) -> CheckOutcome {
    let scratch = Scratch(path: root + "/" + check.name)
    do {
        try must("mkdir", mkdir(scratch.path, 0o755))
        do { try check.run(scratch) } catch let words as NotOffered {
            try removeTree(scratch.path)
            return .absent(words.description)
        }
        try removeTree(scratch.path)
        return .held
    } catch {
        return .failed("\(error)")
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

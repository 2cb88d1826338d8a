import CRawCalls
import Glibc

/// Makes directories of empty files quickly.
func makeFiles(in root: String, directories: Int, each: Int) throws -> Int32 {
    for number in 0..<directories {
        let path = "\(root)/directory-\(number)"
        try must("mkdir \(path)", mkdir(path, 0o755))
        let directory = try must("open", raw_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0))
        for file in 0..<each {
            try must("mknodat", mknodat(directory, "file-\(file)", S_IFREG | 0o644, 0))
        }
        close(directory)
    }
    return 0
}

/// A tree of another owner: directories without rights for others, files, links, a FIFO, a hard link within the tree.
func makeForeignTree(_ root: String, uid: UInt32, gid: UInt32) throws -> Int32 {
    for directory in ["", "/closed", "/closed/inner", "/open"] {
        if mkdir(root + directory, 0o700) == -1 && errno != EEXIST { try must("mkdir \(directory)", -1) }
    }
    for file in ["/a", "/closed/b", "/closed/inner/c", "/open/d"] {
        close(try must("open \(file)", raw_openat(AT_FDCWD, root + file, O_WRONLY | O_CREAT | O_EXCL, 0o600)))
    }
    try must("symlink", symlink("nowhere", root + "/closed/link"))
    try must("mkfifo", mkfifo(root + "/open/fifo", 0o600))
    try must("link", link(root + "/a", root + "/closed/inner/second-name-of-a"))
    let entries = [
        "/closed/inner/second-name-of-a", "/closed/inner/c", "/closed/b", "/closed/link", "/open/fifo", "/open/d", "/a",
        "/closed/inner", "/closed", "/open", "",
    ]
    for entry in entries { try must("lchown \(entry)", lchown(root + entry, uid, gid)) }
    return 0
}

/// Reads a directory of `stable` names again and again while another process makes and removes names in it. Each
/// reading must show every stable name once.
func churn(in root: String, stable: Int, rounds: Int) throws -> Int32 {
    let directory = try must("open", raw_openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY, 0))
    for number in 0..<stable {
        try must("mknodat", mknodat(directory, "stable-\(number)", S_IFREG | 0o644, 0))
    }
    let other = try must("fork", fork())
    if other == 0 {
        for number in 0... {
            mknodat(directory, "churn-\(number)", S_IFREG | 0o644, 0)
            if number >= 100 { unlinkat(directory, "churn-\(number - 100)", 0) }
        }
    }
    defer {
        kill(other, SIGKILL)
        waitpid(other, nil, 0)
    }
    for round in 0..<rounds {
        let (seen, twice) = try readStableNames(root)
        print("round \(round): \(seen) of \(stable) names, \(twice) twice")
        if seen != stable || twice != 0 { return 1 }
    }
    return 0
}

private func readStableNames(_ root: String) throws -> (seen: Int, twice: Int) {
    guard let directory = opendir(root) else { throw Trouble("opendir: \(String(cString: strerror(errno)))") }
    defer { closedir(directory) }
    var seen: Set<String> = []
    var twice = 0
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name.hasPrefix("stable-"), !seen.insert(name).inserted { twice += 1 }
    }
    return (seen.count, twice)
}

/// Exchanges two names until it is ended, or its parent is gone.
func exchange(_ one: String, _ other: String) throws -> Int32 {
    try must("prctl", raw_prctl(PR_SET_PDEATHSIG, UInt(SIGKILL), 0, 0, 0))
    try must("renameat2", raw_rename_exchange(one, other))
    print("exchanging")
    fflush(stdout_stream())
    while true { raw_rename_exchange(one, other) }
}

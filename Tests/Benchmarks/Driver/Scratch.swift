import Glibc

/// On what a source lies.
enum Ground: String, CaseIterable {
    /// ext4 on a loop device in memory: a real file system without a disk's own time.
    case disk
    /// tmpfs, for what writes: nothing is left of a write but the way to it.
    case memory
}

/// Where the benchmark keeps its files: one directory with a mount for each ground, gone when the benchmark ends.
final class Scratch {
    let root: String
    /// What could not be had here and was replaced, in words.
    private(set) var notes: [String] = []
    private var mounts: [String] = []
    private var counter = 0
    private var kept: [String: String] = [:]

    /// Gigabytes of memory at most; they are taken as files grow.
    init(in parent: String, gigabytes: Int) throws {
        var name = Array("\(parent)/berth-benchmark-XXXXXX".utf8CString)
        if mkdtemp(&name) == nil { throw Trouble("mkdtemp in '\(parent)': \(String(cString: strerror(errno)))") }
        root = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(root, 0o755)
        for ground in Ground.allCases { try makeDirectory(path(ground)) }
        try mount(["mount", "-t", "tmpfs", "-o", "mode=0755,size=\(gigabytes)g", "berth-benchmark", path(.memory)])
        do { try mountDisk(gigabytes: gigabytes / 2) } catch {
            notes.append("no ext4 on a loop device here, so its place is a directory of '\(parent)': \(error)")
        }
    }

    private func mountDisk(gigabytes: Int) throws {
        let image = path(.memory) + "/disk"
        try Program("truncate", "--size=\(gigabytes)G", image).mustRun()
        let settings = "lazy_itable_init=0,lazy_journal_init=0"
        try Program("mkfs.ext4", "-q", "-F", "-m", "0", "-N", "600000", "-E", settings, image).mustRun()
        try mount(["mount", "-o", "loop", image, path(.disk)])
        chmod(path(.disk), 0o755)
    }

    private func mount(_ words: [String]) throws {
        try Program(words).mustRun()
        mounts.append(words.last!)
    }

    func path(_ ground: Ground) -> String { "\(root)/\(ground.rawValue)" }

    /// A new directory.
    func fresh(_ ground: Ground, _ name: String) throws -> String {
        counter += 1
        let path = "\(path(ground))/\(name)-\(counter)"
        try makeDirectory(path)
        return path
    }

    /// A new directory on the ground of a source.
    func beside(_ source: String, _ name: String) throws -> String {
        try fresh(source.hasPrefix(path(.disk)) ? .disk : .memory, name)
    }

    /// A source that is made once and only read from then on. Each owner has one.
    func kept(
        _ ground: Ground, _ name: String, for contestant: Contestant, _ fill: (String) throws -> Void
    ) throws -> String {
        let key = "\(name) of \(contestant.owner)"
        if let path = kept[key] { return path }
        let path = try fresh(ground, name)
        try fill(path)
        try give(path, to: contestant.owner)
        // A cache may not trust the times of what has changed a moment ago, and files of a home are older than that.
        sleep(3)
        kept[key] = path
        return path
    }

    func remove(_ path: String) throws { try Program("rm", "-rf", "--one-file-system", path).mustRun() }

    func close() throws {
        for path in mounts.reversed() { try Program("umount", path).mustRun() }
        try remove(root)
    }
}

/// What root has made becomes the account's own.
func give(_ path: String, to account: uid_t) throws {
    if account == 0 { return }
    let owner = "\(account):\(account)"
    try Program("chown", "--recursive", "--from=0:0", owner, path).mustRun()
}

func makeDirectory(_ path: String) throws {
    if mkdir(path, 0o755) != 0 { throw Trouble("mkdir '\(path)': \(String(cString: strerror(errno)))") }
}

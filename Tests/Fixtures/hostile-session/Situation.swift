import CRawCalls
import Glibc

/// Where the attempts are made: what the one who started the session tells about it, and what it can see.
struct Situation: Sendable {
    var home = ""
    /// Where the home lies outside; its parent holds `canary`, `closed`, `landing/` and `readable`.
    var homeSource = ""
    var shared = ""
    var sharedSource = ""
    /// Copies of this program with a set-uid bit or a file capability; empty where there are none.
    var setUserIDProgram = ""
    var capabilityProgram = ""
    /// An abstract socket and a port of the loopback on which somebody outside listens; empty where the network is shared.
    var abstractSocket = ""
    var port: UInt16 = 0
    /// Processes that serve the session.
    var victims: [pid_t] = []
    /// The sources cannot be seen by their own paths.
    var sourcesAreCovered = false
    /// Outside a session: each attempt is made in a mount namespace of its own, so that the machine stays as it is.
    var isRehearsal = false
    /// In a user and mount namespace of its own within a session that allows them, with every capability there.
    var isNested = false
    let program = realProgram()

    /// Reads `--name value` pairs; nil if there is one that it does not know.
    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            if option == "--rehearsal" {
                isRehearsal = true
                continue
            }
            if option == "--sources-covered" {
                sourcesAreCovered = true
                continue
            }
            if option == "--nested" {
                isNested = true
                continue
            }
            guard let value = rest.popFirst() else { return nil }
            switch option {
            case "--home": home = value
            case "--home-source": homeSource = value
            case "--shared": shared = value
            case "--shared-source": sharedSource = value
            case "--set-uid-program": setUserIDProgram = value
            case "--capability-program": capabilityProgram = value
            case "--abstract-socket": abstractSocket = value
            case "--port": port = UInt16(value) ?? 0
            case "--victim":
                guard let number = pid_t(value) else { return nil }
                victims.append(number)
            default: return nil
            }
        }
        victims += processesThatServe().filter { !victims.contains($0) }
    }

    /// The directory that holds the home's source.
    var outside: String { String(homeSource[..<(homeSource.lastIndex(of: "/") ?? homeSource.startIndex)]) }
}

private func realProgram() -> String {
    var room = [UInt8](repeating: 0, count: 4096)
    let length = room.withUnsafeMutableBytes {
        readlink("/proc/self/exe", $0.bindMemory(to: CChar.self).baseAddress!, 4096)
    }
    return String(decoding: room[..<max(0, length)], as: UTF8.self)
}

/// The process that waits for this session, and those that it has started beside it: the file servers. In a pid namespace
/// its first process alone.
private func processesThatServe() -> [pid_t] {
    var ancestors: [pid_t] = []
    var process = getppid() == 0 ? 1 : getppid()
    while process > 0, ancestors.count < 64 {
        ancestors.append(process)
        process = parent(of: process)
    }
    let waiting = ancestors.filter { text(of: "/proc/\($0)/comm") == "berth\n" }
    if waiting.isEmpty { return [] }
    guard let directory = opendir("/proc") else { return waiting }
    defer { closedir(directory) }
    var found = waiting
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        guard let number = pid_t(name), number != getpid(), !ancestors.contains(number) else { continue }
        if waiting.contains(parent(of: number)) { found.append(number) }
    }
    return found.sorted()
}

/// As proc(5) tells in `stat`, behind the name in brackets; 0 if it cannot be read.
private func parent(of process: pid_t) -> pid_t {
    let fields = text(of: "/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
    return fields.count > 1 ? pid_t(fields[1]) ?? 0 : 0
}

/// What can be read of a file, at most 64 KiB; empty if it cannot.
func text(of path: String) -> String {
    let file = raw_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0)
    if file == -1 { return "" }
    defer { close(file) }
    var room = [UInt8](repeating: 0, count: 65536)
    return String(decoding: room[..<max(0, read(file, &room, room.count))], as: UTF8.self)
}

func exists(_ path: String) -> Bool {
    var answer = stat()
    return lstat(path, &answer) == 0
}

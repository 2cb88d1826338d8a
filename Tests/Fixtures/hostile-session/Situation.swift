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
    /// Those of them whose root is not the session's.
    var fileServers: [pid_t] = []
    /// The processes of berth that were started beside the session can be seen from it: there is no pid namespace.
    var processesAreInSight = false
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
            if isSwitch(option) { continue }
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
        let (waiting, started) = processesThatServe()
        fileServers = started
        victims += (waiting + started).sorted()
    }

    /// Options without a value.
    private mutating func isSwitch(_ option: String) -> Bool {
        switch option {
        case "--rehearsal": isRehearsal = true
        case "--nested": isNested = true
        case "--sources-covered": sourcesAreCovered = true
        case "--processes-in-sight": processesAreInSight = true
        default: return false
        }
        return true
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
private func processesThatServe() -> (waiting: [pid_t], started: [pid_t]) {
    var ancestors: [pid_t] = []
    var process = getppid() == 0 ? 1 : getppid()
    while process > 0, ancestors.count < 64 {
        ancestors.append(process)
        process = parent(of: process)
    }
    let waiting = ancestors.filter { text(of: "/proc/\($0)/comm") == "berth\n" }
    let started = processes().filter {
        $0 != getpid() && !ancestors.contains($0) && waiting.contains(parent(of: $0))
    }
    return (waiting, started)
}

/// Those that /proc shows.
func processes() -> [pid_t] {
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    var found: [pid_t] = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if let number = pid_t(name) { found.append(number) }
    }
    return found
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

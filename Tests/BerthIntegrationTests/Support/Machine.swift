import Foundation
import Glibc
import Testing

/// All suites: one test at a time, since they share accounts and the process table.
@Suite(.serialized) enum BerthIntegration {}

/// What this machine offers to the tests.
enum Machine {
    static let isRoot = geteuid() == 0
    static let isContinuousIntegration = ProcessInfo.processInfo.environment["CI"] == "true"

    /// Where all that the tests make lives; below it, one directory for each test. Removed when the tests have ended.
    static let directory: String = {
        let path = "/tmp/berth-suite-\(getpid())"
        try! FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        atexit { try? FileManager.default.removeItem(atPath: "/tmp/berth-suite-\(getpid())") }
        return path
    }()

    /// Where hundreds of thousands of files are made in no time: in memory, if there is room for them.
    static let quickDirectory: String = {
        var room = statvfs()
        return statvfs("/dev/shm", &room) == 0 && room.f_favail > 500_000 && access("/dev/shm", W_OK) == 0
            ? "/dev/shm" : directory
    }()

    /// A copy of a built program that every account can execute, wherever the build directory lies.
    static func program(_ name: String) -> String { programs + "/" + name }

    private static let built = [
        "berth", "posix-table", "posix-accounts", "model-test", "file-exerciser", "hostile-kernel", "hostile-session",
        "session-probe",
    ]

    private static let programs: String = {
        let path = directory + "/bin"
        try! FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        for name in built {
            try! FileManager.default.copyItem(atPath: buildDirectory + "/" + name, toPath: path + "/" + name)
            chmod(path + "/" + name, 0o755)
        }
        return path
    }()

    /// Where SwiftPM put the test bundle, and the programs beside it.
    private static let buildDirectory: String = {
        let words = CommandLine.arguments + [URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path]
        let bundle = words.first { $0.hasSuffix(".xctest") }
        if let bundle { return URL(fileURLWithPath: bundle).deletingLastPathComponent().path }
        return URL(fileURLWithPath: #filePath + "/../../../../.build/debug").standardizedFileURL.path
    }()

    static func has(_ program: String) -> Bool {
        ["/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].contains {
            access("\($0)/\(program)", X_OK) == 0
        }
    }
}

/// Goes on only where a test can be run; elsewhere it says why in words, which fails in continuous integration.
func need(_ holds: Bool, _ words: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    if holds { return }
    if Machine.isContinuousIntegration {
        Issue.record("not run: \(words)", sourceLocation: sourceLocation)
        throw CommandError("not run: \(words)")
    }
    try Test.cancel("not run: \(words)", sourceLocation: sourceLocation)
}

func needRoot(sourceLocation: SourceLocation = #_sourceLocation) throws {
    try need(Machine.isRoot, "it needs root to make accounts and files of others", sourceLocation: sourceLocation)
}

func needTools(_ tools: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
    for tool in tools {
        try need(Machine.has(tool), "the program \(tool) is not installed", sourceLocation: sourceLocation)
    }
}

/// The kernel's own reading and writing for FUSE came with Linux 6.9.
func needPassthrough(sourceLocation: SourceLocation = #_sourceLocation) throws {
    try needRoot(sourceLocation: sourceLocation)
    try need(Machine.isNewer(than: (6, 9)), "the kernel is older than 6.9", sourceLocation: sourceLocation)
    let map = contents(of: "/proc/self/uid_map").split(separator: " ").joined(separator: " ")
    try need(
        map.hasPrefix("0 0 4294967295"), "it needs root outside of user namespaces", sourceLocation: sourceLocation)
}

extension Machine {
    /// Whether the kernel is of this version, or a later one.
    static func isNewer(than version: (Int, Int)) -> Bool {
        let release = contents(of: "/proc/sys/kernel/osrelease")
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return numbers.count == 2 && (numbers[0], numbers[1]) >= version
    }
}

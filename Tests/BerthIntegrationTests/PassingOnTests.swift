import Foundation
import Glibc
import Synchronization
import Testing

extension BerthIntegration {
    @Suite("Files that the kernel reads and writes by itself: berth mount -o passthrough") struct PassingOn {}
}

/// A mount in the foreground for the time of a block, with its file server's process.
private struct ServedMount {
    let source: String
    let target: String
    let server: pid_t
}

private func withMount(
    _ options: String = "allow_other,passthrough", of sourcePath: String? = nil, _ body: (ServedMount) throws -> Void
) throws {
    try needPassthrough()
    try withTree { tree in
        let source = sourcePath ?? tree.home
        let command = Command(Machine.program("berth"), "mount", "-f", "-o", options, source, tree.homeTarget)
        let running = try command.start()
        try waitUntil("it is mounted", by: running) { isMountPoint(tree.homeTarget) }
        // The mount is there before its server answers.
        _ = try status(tree.homeTarget + "/.")
        let server = try #require(children(of: running.process).first)
        try body(ServedMount(source: source, target: tree.homeTarget, server: server))
        running.send(SIGTERM)
        expect(status: 0, try running.wait())
    }
}

private func isMountPoint(_ path: String) -> Bool {
    contents(of: "/proc/self/mountinfo").contains(" \(path) ")
}

private func children(of process: pid_t) -> [pid_t] {
    contents(of: "/proc/\(process)/task/\(process)/children").split(separator: " ").compactMap { pid_t($0) }
}

private func capabilities(of process: pid_t) -> String {
    let lines = contents(of: "/proc/\(process)/status").split(separator: "\n")
    return lines.filter { $0.hasPrefix("CapPrm") || $0.hasPrefix("CapEff") || $0.hasPrefix("Seccomp:") }
        .map { $0.split(separator: "\t").last.map(String.init) ?? "" }.joined(separator: " ")
}

/// Whether reads and writes of an open file come to their end while the server stands still. It goes on after a second in
/// any case: who waits for it does not wait for ever.
private func workWithoutServer(_ server: pid_t, _ file: Int32) throws -> Bool {
    var byte: UInt8 = 7
    // The first write asks the server for security.capability.
    guard pwrite(file, &byte, 1, 0) == 1 else { return false }
    kill(server, SIGSTOP)
    defer { kill(server, SIGCONT) }
    try waitUntil("every thread of it stands still") { try standsStill(server) }
    let waker = Waker(server)
    let written = pwrite(file, &byte, 1, 4096)
    let count = pread(file, &byte, 1, 70_000)
    return written == 1 && count == 1 && !waker.hasWoken
}

private func standsStill(_ process: pid_t) throws -> Bool {
    let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")
    return tasks.allSatisfy { contents(of: "/proc/\(process)/task/\($0)/status").contains("State:\tT") }
}

/// Whether a file that is open already is refused with O_DIRECT. Nothing stays open: a mount's server ends with its last
/// open file, and a test that waits for the server in the process that keeps one would wait for ever.
private func isRefusedDirect(_ path: String) throws -> Bool {
    let file = open(path, O_RDONLY)
    try #require(file >= 0)
    defer { close(file) }
    let direct = open(path, O_RDONLY | O_DIRECT)
    if direct < 0 {
        try #require(errno == EINVAL)
        return true
    }
    close(direct)
    return false
}

/// Lets a stopped process go on after a second.
private final class Waker: @unchecked Sendable {
    // Sendable: `woken` is atomic, the rest never changes.
    private let process: pid_t
    private let woken = Atomic<Bool>(false)

    init(_ process: pid_t) {
        self.process = process
        Thread.detachNewThread { [self] in
            sleep(1)
            woken.store(true, ordering: .releasing)
            kill(process, SIGCONT)
        }
    }

    var hasWoken: Bool { woken.load(ordering: .acquiring) }
}

extension BerthIntegration.PassingOn {
    @Test("reads and writes need no server with it, and need one without", arguments: [true, false])
    func withoutServer(passesOn: Bool) throws {
        try withMount(passesOn ? "passthrough" : "cache=auto") { mount in
            try make(mount.source + "/large", String(repeating: "x", count: 100_000))
            let file = open(mount.target + "/large", O_RDWR)
            #expect(file >= 0)
            defer { close(file) }
            let works = try workWithoutServer(mount.server, file)
            #expect(works == passesOn)
        }
    }

    @Test("a process beside the server has the one capability that it takes, and the server has it not")
    func powers() throws {
        try withMount { mount in
            let sysAdmin = "0000000000200000"
            #expect(capabilities(of: mount.server) == "00000000880002df 00000000880002df 2")
            let broker = try #require(children(of: mount.server).first)
            #expect(capabilities(of: broker) == "\(sysAdmin) \(sysAdmin) 2")
            let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(broker)/fd").count
            #expect(descriptors == 5)
            kill(broker, SIGKILL)
            // It goes on by itself.
            try make(mount.target + "/after", "written")
            #expect(contents(of: mount.source + "/after") == "written")
        }
    }

    @Test("an ordinary account, and root of a user namespace, are told that they cannot have it")
    func refused() throws {
        try needPassthrough()
        try withTree { tree in
            try give(tree.homeTarget)
            let mount = [Machine.program("berth"), "mount", "-o", "passthrough", tree.home, tree.homeTarget]
            for starter in [asAccount(.first), ["unshare", "--user", "--map-root-user", "--mount"]] {
                let outcome = try Command(starter + mount).run()
                #expect(outcome.status == 125 && outcome.errors.contains("-o passthrough is for root"), "\(outcome)")
                #expect(outcome.errors.contains("hint: "))
            }
        }
    }

    @Test("where the kernel refuses it, the server does it, and a warning says so", arguments: ["", ",auto_unmount"])
    func warning(_ option: String) throws {
        try needPassthrough()
        try withTree { tree in
            for refused in [true, false] {
                let prefix = refused ? [Machine.program("session-probe"), "refuse-backing-files"] : []
                let mount = [
                    Machine.program("berth"), "mount", "-o", "passthrough\(option)", tree.home, tree.homeTarget,
                ]
                let outcome = try Command(prefix + mount).run()
                let warning =
                    "berth: warning: -o passthrough: refused: Operation not permitted, so the file server reads and writes\n"
                #expect(outcome.status == 0 && outcome.errors == (refused ? warning : ""), "\(outcome)")
                #expect(contents(of: tree.homeTarget + "/mine") == "mine")
                try Command(Machine.program("berth"), "umount", tree.homeTarget).mustRun()
            }
        }
    }

    @Test(
        "the POSIX table goes as it does without it", .timeLimit(.minutes(10)),
        arguments: ["allow_other", "allow_other,locks=remote,map=0:100000:100000"])
    func table(_ others: String) throws {
        var outcomes: [[String: TableOutcome.Row]] = []
        for options in [others, others + ",passthrough"] {
            try withMount(options) { mount in
                try makeDirectory(mount.source + "/table")
                let shift: UInt32 = others.contains("map=") ? 100_000 : 0
                try give(mount.source + "/table", to: TestAccount.first.user + shift, TestAccount.first.group + shift)
                let words = asAccount(.first) + [Machine.program("posix-table"), mount.target + "/table"]
                outcomes.append(try TableOutcome(Command(words).run().lines).rows)
            }
        }
        #expect(outcomes[0].count > 600)
        #expect(outcomes[0].values.filter { $0 == .ok }.count > 600)
        #expect(outcomes[0].keys.filter { outcomes[0][$0] != outcomes[1][$0] } == [])
    }
}

extension BerthIntegration.PassingOn {
    @Test("a write of somebody who may not keep them takes set-id bits away", arguments: [false, true])
    func setIDBits(whileOpen: Bool) throws {
        try withMount("allow_other,suid,passthrough") { mount in
            let path = mount.target + "/program"
            try make(mount.source + "/program", "text", mode: 0o777)
            let file = whileOpen ? open(path, O_RDONLY) : -1
            defer { if file >= 0 { close(file) } }
            #expect(chmod(path, 0o6777) == 0)
            try Command(asAccount(.first) + ["sh", "-c", "echo other > \"$1\"", "sh", path]).mustRun()
            let (seen, real) = (try status(path).st_mode, try status(mount.source + "/program").st_mode)
            #expect(seen & 0o7777 == 0o777 && real == seen)
        }
    }

    @Test("what is no longer opened to append is no longer appended to")
    func append() throws {
        try withMount { mount in
            let file = open(mount.target + "/log", O_RDWR | O_CREAT | O_APPEND, 0o644)
            defer { close(file) }
            #expect(write(file, "aaaa", 4) == 4)
            #expect(fcntl(file, F_SETFL, 0) == 0)
            #expect(pwrite(file, "B", 1, 0) == 1)
            #expect(contents(of: mount.source + "/log") == "Baaa")
        }
    }

    @Test("a store to a mapping shows in the times at once", arguments: ["none", "auto", "always"])
    func mappedStore(cache: String) throws {
        try withMount("passthrough,cache=\(cache)") { mount in
            let file = open(mount.target + "/mapped", O_RDWR | O_CREAT, 0o644)
            defer { close(file) }
            #expect(ftruncate(file, 4096) == 0)
            let page = try #require(mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0))
            let long = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
            #expect(futimens(file, long) == 0)
            #expect(try status(mount.target + "/mapped").st_mtim.tv_sec == 1)
            page.storeBytes(of: 65, as: UInt8.self)
            #expect(msync(page, 4096, Int32(MS_SYNC)) == 0)
            #expect(try status(mount.target + "/mapped").st_mtim.tv_sec > 1)
            munmap(page, 4096)
        }
    }

    @Test("O_DIRECT is refused where the source refuses it, once the file is passed on")
    func direct() throws {
        try needPassthrough()
        try withTree { tree in
            try Command("mount", "-t", "ramfs", "ramfs", tree.shared).mustRun()
            defer { umount2(tree.shared, Int32(MNT_DETACH)) }
            try make(tree.shared + "/file", "text")
            try withMount("passthrough", of: tree.shared) { mount in
                let path = mount.target + "/file"
                let alone = open(path, O_RDONLY | O_DIRECT)
                #expect(alone >= 0)
                close(alone)
                // The kernel tells of a close after close(2) has returned; until the server knows, it is the one that reads.
                try waitUntil("it is refused") { try isRefusedDirect(path) }
            }
        }
    }

    @Test("a source that cannot be stacked upon is read and written by the server")
    func stacked() throws {
        try needPassthrough()
        try withTree { tree in
            let parts = ["lower", "upper", "work", "merged"].map { "\(tree.outside)/\($0)" }
            for part in parts { try makeDirectory(part) }
            let layers = "lowerdir=\(parts[0]),upperdir=\(parts[1]),workdir=\(parts[2])"
            let overlay = try Command("mount", "-t", "overlay", "overlay", "-o", layers, parts[3]).run()
            try need(overlay.status == 0, "no overlay can be mounted on \(Machine.directory)")
            defer { umount2(parts[3], Int32(MNT_DETACH)) }
            try withMount(of: parts[3]) { first in
                try withMount(of: first.target) { second in
                    for (mount, passesOn) in [(first, true), (second, false)] {
                        try make(mount.source + "/large", String(repeating: "x", count: 100_000))
                        let file = open(mount.target + "/large", O_RDWR)
                        defer { close(file) }
                        let works = try workWithoutServer(mount.server, file)
                        #expect(works == passesOn)
                    }
                }
            }
        }
    }
}

import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("Locks at the source: everybody who uses it sees them") struct Locks {
        /// A source with one file, and two mounts of it, by hand.
        private struct Places {
            let source: String
            let targets: [String]

            /// The file, directly and through each mount.
            var paths: [String] { ([source] + targets).map { $0 + "/file" } }
        }

        private func withMounts(_ options: String = "locks=remote", _ body: (Places) throws -> Void) throws {
            try needRoot()
            try withTree { tree in
                let places = Places(source: tree.root + "/source", targets: ["/one", "/two"].map { tree.root + $0 })
                for path in [places.source] + places.targets { try makeDirectory(path) }
                try make(places.source + "/file", "0")
                defer { for target in places.targets { umount2(target, Int32(MNT_DETACH)) } }
                for target in places.targets {
                    try Command(Machine.program("berth"), "mount", "-o", options, places.source, target).mustRun()
                }
                try body(places)
            }
        }

        @Test("two mounts, and the source itself, exclude each other", arguments: LockKind.allCases)
        func exclude(_ kind: LockKind) throws {
            try withMounts { places in
                for holder in places.paths {
                    for other in places.paths {
                        let (first, second) = (try LockableFile(holder), try LockableFile(other))
                        #expect(first.lock(kind) == 0)
                        #expect(second.lock(kind) == EAGAIN, "\(holder) and \(other)")
                        #expect(second.lock(kind, exclusive: false) == EAGAIN, "\(holder) and \(other)")
                        #expect(first.lock(kind, exclusive: false) == 0)
                        #expect(second.lock(kind, exclusive: false) == 0)
                        #expect(first.lock(kind) == EAGAIN)
                        #expect(second.unlock(kind) == 0)
                        #expect(first.lock(kind) == 0)
                        #expect(first.unlock(kind) == 0)
                        #expect(second.lock(kind) == 0, "\(holder) and \(other)")
                        // The kernel does not wait until the last close has reached the server.
                        #expect(second.unlock(kind) == 0)
                    }
                }
            }
        }

        @Test(
            "a lock ends with the handle that holds it, though others have the file open",
            arguments: LockKind.allCases, ["locks=remote", "locks=remote,allow_other,passthrough"])
        func endsWithItsHandle(_ kind: LockKind, _ options: String) throws {
            if options.contains("passthrough") { try needPassthrough() }
            try withMounts(options) { places in
                let direct = try LockableFile(places.paths[0])
                // Whoever opens the file first is the one whose open file the kernel may keep.
                var files = [try LockableFile(places.paths[1]), try LockableFile(places.paths[1])]
                while let file = files.first {
                    #expect(file.lock(kind) == 0 && direct.lock(kind) == EAGAIN)
                    files.removeFirst()
                    _ = consume file
                    // The kernel does not wait until the last close has reached the server.
                    try waitUntil("the lock is gone", within: 5) { direct.lock(kind) == 0 }
                    #expect(direct.unlock(kind) == 0)
                }
            }
        }

        @Test("by default a mount's locks are its own", arguments: LockKind.allCases)
        func local(_ kind: LockKind) throws {
            try withMounts("locks=local") { places in
                let files = try places.paths.map { try LockableFile($0) }
                for file in files { #expect(file.lock(kind) == 0) }
                let second = try LockableFile(places.paths[1])
                #expect(second.lock(kind) == EAGAIN)
            }
        }

        @Test("a read-only mount with the longest cache locks as well", arguments: LockKind.allCases)
        func readOnly(_ kind: LockKind) throws {
            try withMounts("ro,cache=always,locks=remote") { places in
                let writer = try LockableFile(places.source + "/file")
                let reader = open(places.targets[0] + "/file", O_RDONLY | O_CLOEXEC)
                try #require(reader >= 0)
                var wanted = Glibc.flock()
                wanted.l_type = Int16(F_RDLCK)
                let answer = kind == .record ? fcntl(reader, 37, &wanted) : flock(reader, LOCK_SH | LOCK_NB)
                #expect(answer == 0)
                #expect(writer.lock(kind) == EAGAIN)
                close(reader)
                try waitUntil("the lock has gone with its file") { writer.lock(kind) == 0 }
            }
        }

        @Test("whoever waits gets the lock when it is given up, on whichever side", arguments: LockKind.allCases)
        func woken(_ kind: LockKind) throws {
            try withMounts { places in
                for holder in places.paths {
                    for waiter in places.paths {
                        let file = try LockableFile(holder)
                        #expect(file.lock(kind) == 0)
                        let waiting = try lockingProcess(waiter, kind, waits: true)
                        try waitUntil("it asks", by: waiting) { waiting.output.contains("asking") }
                        usleep(50_000)
                        #expect(!waiting.output.contains("locked"), "\(holder) and \(waiter)")
                        #expect(file.unlock(kind) == 0)
                        try waitUntil("it has it", by: waiting, within: 2) { waiting.output.contains("locked") }
                        #expect(file.lock(kind) == EAGAIN)
                        waiting.send(SIGKILL)
                        _ = try waiting.wait(5)
                        try waitUntil("it is free again", within: 2) { file.lock(kind) == 0 }
                        #expect(file.unlock(kind) == 0)
                    }
                }
            }
        }

        @Test("a waiter that is killed goes at once, and leaves no lock", arguments: LockKind.allCases)
        func killed(_ kind: LockKind) throws {
            try withMounts { places in
                let holder = try LockableFile(places.source + "/file")
                #expect(holder.lock(kind) == 0)
                for _ in 0..<20 {
                    let waiting = try lockingProcess(places.targets[0] + "/file", kind, waits: true)
                    try waitUntil("it asks", by: waiting) { waiting.output.contains("asking") }
                    usleep(.random(in: 0..<20_000))
                    waiting.send(SIGKILL)
                    let outcome = try waiting.wait(5)
                    #expect(outcome.status == 128 + SIGKILL && !outcome.output.contains("locked"))
                }
                #expect(contents(of: places.targets[0] + "/file") == "0")
                #expect(holder.unlock(kind) == 0)
                let other = try LockableFile(places.targets[1] + "/file")
                #expect(other.lock(kind) == 0)
            }
        }

        @Test("fifty wait at once while others work, and more than 256 are told", arguments: [50, 300])
        func many(_ count: Int) throws {
            try withMounts { places in
                let holder = try LockableFile(places.source + "/file")
                #expect(holder.lock(.record) == 0)
                let target = places.targets[0]
                let waiting = try Command(
                    Machine.program("session-probe"), "lock-at-once", target + "/file", "record", "\(count)"
                ).start()
                try waitUntil("all ask", by: waiting) { waiting.output.split(separator: "\n").count >= count }
                usleep(300_000)
                let began = Date()
                for number in 0..<100 {
                    try make(target + "/\(number)", "text")
                    #expect(contents(of: target + "/\(number)") == "text")
                }
                #expect(Date().timeIntervalSince(began) < 5)
                let free = try LockableFile(target + "/7")
                #expect(free.lock(.record) == 0 && free.lock(.whole) == 0)
                #expect(holder.unlock(.record) == 0)
                let outcome = try waiting.wait(30)
                let refused = max(0, count - 256)
                let answers = "answers 0:\(count - refused)" + (refused > 0 ? " \(ENOLCK):\(refused)" : "")
                #expect(outcome.lines.last == answers, "\(outcome)")
            }
        }

        @Test("a mount that ends lets go of whoever waits, and of the locks", arguments: LockKind.allCases)
        func ends(_ kind: LockKind) throws {
            try withMounts { places in
                let holder = try LockableFile(places.source + "/file")
                let target = places.source + "-third"
                try makeDirectory(target)
                let mount = try Command(
                    Machine.program("berth"), "mount", "-f", "-o", "locks=remote", places.source, target
                ).start()
                try waitUntil("it is mounted", by: mount) { exists(target + "/file") }
                try make(places.source + "/second", "0")
                #expect(holder.lock(kind) == 0)
                let holding = try lockingProcess(target + "/second", kind, waits: false)
                try waitUntil("it holds", by: holding) { holding.output.contains("locked") }
                let waiting = try lockingProcess(target + "/file", kind, waits: true)
                try waitUntil("it asks", by: waiting) { waiting.output.contains("asking") }
                usleep(100_000)
                // The server itself, whose callers are still there.
                let servers = contents(of: "/proc/\(mount.process)/task/\(mount.process)/children")
                for server in servers.split(separator: " ") { kill(pid_t(server)!, SIGTERM) }
                let outcome = try waiting.wait(10)
                #expect(outcome.output.contains("refused"), "\(outcome)")
                _ = try mount.wait(10)
                let second = try LockableFile(places.source + "/second")
                try waitUntil("it is free") { second.lock(kind) == 0 }
                holding.send(SIGKILL)
            }
        }

        @Test("whoever has the lock reads what was last written under it", arguments: LockKind.allCases)
        func fresh(_ kind: LockKind) throws {
            try withMounts { places in
                let files = try places.paths.map { try LockableFile($0) }
                for number in 10_000..<10_300 {
                    // The others only read: nothing of their own makes their kernel look again.
                    let writer = files[number / 100 % files.count]
                    #expect(writer.lock(kind) == 0)
                    let text = Array("\(number)".utf8)
                    #expect(pwrite(writer.descriptor, text, text.count, 0) == text.count)
                    #expect(writer.unlock(kind) == 0)
                    for file in files {
                        #expect(file.lock(kind, exclusive: false) == 0)
                        var room = [UInt8](repeating: 0, count: text.count)
                        #expect(pread(file.descriptor, &room, room.count, 0) == text.count)
                        #expect(room == text)
                        #expect(file.unlock(kind) == 0)
                    }
                }
            }
        }

        @Test("a duplicate keeps the lock of flock, any close of the process ends that of fcntl")
        func closing() throws {
            try withMounts { places in
                let path = places.targets[0] + "/file"
                let native = try LockableFile(places.source + "/file")
                let first = open(path, O_RDWR | O_CLOEXEC)
                let copy = dup(first)
                #expect(flock(first, LOCK_EX | LOCK_NB) == 0)
                close(first)
                usleep(50_000)
                #expect(native.lock(.whole) == EAGAIN)
                var wanted = Glibc.flock()
                wanted.l_type = Int16(F_WRLCK)
                #expect(fcntl(copy, F_SETLK, &wanted) == 0)
                #expect(native.lock(.record) == EAGAIN)
                close(open(path, O_RDONLY | O_CLOEXEC))
                #expect(native.lock(.record) == 0)
                close(copy)
                try waitUntil("the last close ends the lock", within: 2) { native.lock(.whole) == 0 }
            }
        }

        @Test("one process locks by two descriptors, one of which it may only read")
        func twoDescriptors() throws {
            try withMounts { places in
                let path = places.targets[0] + "/file"
                let (reading, writing) = (open(path, O_RDONLY | O_CLOEXEC), open(path, O_RDWR | O_CLOEXEC))
                defer { close(writing) }
                var wanted = Glibc.flock()
                wanted.l_type = Int16(F_RDLCK)
                #expect(fcntl(reading, F_SETLK, &wanted) == 0)
                wanted.l_type = Int16(F_WRLCK)
                #expect(fcntl(reading, F_SETLK, &wanted) == -1 && errno == EBADF)
                #expect(fcntl(writing, F_SETLK, &wanted) == 0)
                let native = try LockableFile(places.source + "/file")
                #expect(native.lock(.record, exclusive: false) == EAGAIN)
                close(reading)
                #expect(native.lock(.record) == 0)
            }
        }
    }
}

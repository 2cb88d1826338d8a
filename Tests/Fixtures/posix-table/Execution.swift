import CRawCalls
import Glibc

/// A check in the directory itself: a path of sun_path has 108 bytes only.
private func within(_ at: Scratch, _ body: () throws -> Void) throws {
    let before = try must("open", raw_openat(AT_FDCWD, ".", O_RDONLY | O_CLOEXEC, 0))
    try must("chdir", chdir(at.path))
    defer {
        fchdir(before)
        close(before)
    }
    try body()
}

/// A listening socket by that name in the working directory, and a client that is not yet connected.
private func withSockets(_ name: String, _ body: (_ listener: Int32, _ client: Int32) throws -> Void) throws {
    let listener = try must("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
    let client = try must("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
    defer {
        close(listener)
        close(client)
    }
    try must("bind", raw_bind_unix(listener, name))
    try must("listen", listen(listener, 1))
    try body(listener, client)
}

/// accept(2), whose argument is a union that Swift cannot leave out.
private func takeConnection(_ listener: Int32) -> Int32 {
    Int32(raw_call(Int(SYS_accept), Int(listener), 0, 0, 0, 0, 0))
}

let executionChecks: [Check] = [
    Check("binary-runs-from-it") { at in
        try copyProgram("/bin/false", to: at("program"))
        try expectEqual("exit status", try exitStatus { execute(at("program")) }, 1)
    },
    Check("binary-runs-by-its-descriptor") { at in
        try copyProgram("/bin/true", to: at("program"))
        let file = try must("open", at.open("program", O_RDONLY))
        defer { close(file) }
        try must("rename", rename(at("program"), at("other")))
        try expectEqual("exit status", try exitStatus { execute(procPath(file)) }, 0)
    },
    Check("binary-that-may-not-be-read-runs") { at in
        try copyProgram("/bin/true", to: at("program"), mode: 0o111)
        try refused("open", with: EACCES, by: at.open("program", O_RDONLY))
        try expectEqual("exit status", try exitStatus { execute(at("program")) }, 0)
    },
    Check("script-with-an-interpreter-in-it") { at in
        try copyProgram("/bin/sh", to: at("shell"))
        let script = try at.create("script", holding: "#!\(at("shell"))\nexit 9\n", mode: 0o755)
        try must("close", close(script))
        try expectEqual("exit status", try exitStatus { execute(at("script")) }, 9)
    },
    Check("text-without-an-interpreter-does-not-run") { at in
        try at.file("a", "just text", mode: 0o755)
        try expectEqual("errno", try exitStatus { execute(at("a")) } - 100, ENOEXEC)
    },
    Check("directory-does-not-run") { at in
        try expectEqual("errno", try exitStatus { execute(at(".")) } - 100, EACCES)
    },
    Check("program-replaced-while-it-runs") { at in
        try copyProgram("/bin/sleep", to: at("program"))
        // Its writing end closes when the program has started.
        var ends: [Int32] = [0, 0]
        try must("pipe2", pipe2(&ends, O_CLOEXEC))
        let child = try must("fork", fork())
        if child == 0 {
            at("program").withCString { path in
                "30".withCString { seconds in
                    var arguments: [UnsafeMutablePointer<CChar>?] = [
                        UnsafeMutablePointer(mutating: path), UnsafeMutablePointer(mutating: seconds), nil,
                    ]
                    execv(path, &arguments)
                }
            }
            _exit(1)
        }
        close(ends[1])
        var byte: UInt8 = 0
        try expectEqual("read", try must("read", read(ends[0], &byte, 1)), 0)
        close(ends[0])
        try copyProgram("/bin/false", to: at("new"))
        try must("rename", rename(at("new"), at("program")))
        try expectEqual("new one", try exitStatus { execute(at("program")) }, 1)
        kill(child, SIGTERM)
        var status: Int32 = 0
        waitpid(child, &status, 0)
        try expectEqual("the old one ended by", raw_signal(status), SIGTERM)
    },
    Check("fifo-without-a-reader") { at in
        try must("mkfifo", mkfifo(at("p"), 0o600))
        try refused("open", with: ENXIO, by: at.open("p", O_WRONLY | O_NONBLOCK))
        let reader = try must("open", at.open("p", O_RDONLY | O_NONBLOCK))
        let writer = try must("open", at.open("p", O_WRONLY | O_NONBLOCK))
        try must("close", close(reader))
        try refused("write", with: EPIPE, by: write(writer, "x", 1))
        try must("close", close(writer))
    },
    Check("fifo-waits-for-the-other-end") { at in
        try must("mkfifo", mkfifo(at("p"), 0o600))
        let child = try must("fork", fork())
        if child == 0 {
            usleep(100_000)
            let writer = at.open("p", O_WRONLY)
            _exit(write(writer, "hello", 5) == 5 ? 0 : 1)
        }
        let reader = try must("open", at.open("p", O_RDONLY))
        defer { close(reader) }
        var room = [UInt8](repeating: 0, count: 9)
        try expectEqual("read", try must("read", read(reader, &room, 9)), 5)
        waitpid(child, nil, 0)
        try expectEqual("at the end", try must("read", read(reader, &room, 9)), 0)
    },
    Check("fifo-by-two-names-is-one") { at in
        try must("mkfifo", mkfifo(at("p"), 0o600))
        try must("link", link(at("p"), at("q")))
        let one = try must("open", at.open("p", O_RDWR | O_NONBLOCK))
        let other = try must("open", at.open("q", O_RDWR | O_NONBLOCK))
        defer {
            close(one)
            close(other)
        }
        try put(one, "hello")
        var room = [UInt8](repeating: 0, count: 9)
        try expectEqual("read", try must("read", read(other, &room, 9)), 5)
        try refused("lseek", with: ESPIPE, by: lseek(one, 0, SEEK_SET))
    },
    Check("fifo-renamed-and-unlinked-goes-on") { at in
        try must("mkfifo", mkfifo(at("p"), 0o600))
        let end = try must("open", at.open("p", O_RDWR | O_NONBLOCK))
        defer { close(end) }
        try must("rename", rename(at("p"), at("q")))
        let other = try must("open", at.open("q", O_RDWR | O_NONBLOCK))
        defer { close(other) }
        try must("unlink", unlink(at("q")))
        try put(other, "hello")
        var room = [UInt8](repeating: 0, count: 9)
        try expectEqual("read", try must("read", read(end, &room, 9)), 5)
    },
    Check("socket-carries-data") { at in
        try within(at) {
            try withSockets("s") { listener, client in
                try must("connect", raw_connect_unix(client, "s"))
                let peer = try must("accept", takeConnection(listener))
                defer { close(peer) }
                try put(client, "hello")
                var room = [UInt8](repeating: 0, count: 9)
                try expectEqual("read", try must("read", read(peer, &room, 9)), 5)
            }
        }
    },
    Check("socket-is-found-by-another-process") { at in
        try within(at) {
            try withSockets("s") { listener, _ in
                try inChild {
                    let client = try must("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
                    try must("connect", raw_connect_unix(client, "s"))
                    try put(client, "hello")
                }
                let peer = try must("accept", takeConnection(listener))
                defer { close(peer) }
                var room = [UInt8](repeating: 0, count: 9)
                try expectEqual("read", try must("read", read(peer, &room, 9)), 5)
            }
        }
    },
    Check("socket-name-is-taken-renamed-removed") { at in
        try within(at) {
            try withSockets("s") { listener, client in
                let second = try must("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
                defer { close(second) }
                try refused("bind", with: EADDRINUSE, by: raw_bind_unix(second, "s"))
                try must("rename", rename("s", "t"))
                try refused("connect to the old name", with: ENOENT, by: raw_connect_unix(client, "s"))
                try must("connect", raw_connect_unix(client, "t"))
                try must("unlink", unlink("t"))
                try refused("connect", with: ENOENT, by: raw_connect_unix(second, "t"))
            }
        }
    },
    Check("socket-cannot-be-opened") { at in
        try must("mknod", mknod(at("s"), S_IFSOCK | 0o600, 0))
        try refused("open", with: ENXIO, by: at.open("s", O_RDWR))
        try within(at) {
            let client = try must("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
            defer { close(client) }
            try refused("connect", with: ECONNREFUSED, by: raw_connect_unix(client, "s"))
        }
    },
    Check("socket-takes-the-mask") { at in
        try within(at) {
            let listener = try must("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
            defer { close(listener) }
            try withMask(0o077) { try must("bind", raw_bind_unix(listener, "s")) }
            try expectEqual("mode", try at.status("s").st_mode, S_IFSOCK | 0o700)
        }
    },
    Check("node-of-no-kind-is-a-file") { at in
        try must("mknod", mknod(at("a"), 0o640, 0))
        try expectEqual("mode", try at.status("a").st_mode, S_IFREG | 0o640)
    },
    Check("nodes-of-impossible-kinds") { at in
        try refused("directory", with: EPERM, by: mknod(at("a"), S_IFDIR | 0o600, 0))
        try refused("link", with: EINVAL, by: mknod(at("b"), S_IFLNK | 0o600, 0))
        try refused("no kind at all", with: EINVAL, by: mknod(at("c"), 0o30600, 0))
    },
]

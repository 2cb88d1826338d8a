import CRawCalls
import Glibc

let specialFileChecks: [Check] = [
    Check("fifo-carries-data-between-processes") { at in
        try must("mkfifo", mkfifo(at("p"), 0o600))
        try expectEqual("kind", try at.status("p").st_mode & S_IFMT, S_IFIFO)
        let end = try must("open", at.open("p", O_RDWR | O_NONBLOCK))
        defer { close(end) }
        try inChild {
            let other = try must("open", at.open("p", O_WRONLY))
            try put(other, "hello")
        }
        var room = [UInt8](repeating: 0, count: 9)
        try expectEqual("length", try must("read", read(end, &room, 9)), 5)
    },
    Check("socket-in-the-directory") { at in
        // A path of sun_path has 108 bytes: bind from within.
        let before = try must("open", raw_openat(AT_FDCWD, ".", O_RDONLY | O_CLOEXEC, 0))
        try must("chdir", chdir(at.path))
        defer {
            fchdir(before)
            close(before)
        }
        let listener = try must("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
        let client = try must("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
        defer {
            close(listener)
            close(client)
        }
        try must("bind", raw_bind_unix(listener, "s"))
        try must("listen", listen(listener, 1))
        try must("connect", raw_connect_unix(client, "s"))
        try expectEqual("kind", try at.status("s").st_mode & S_IFMT, S_IFSOCK)
    },
    Check("regular-file-by-mknod") { at in
        try must("mknod", mknod(at("a"), S_IFREG | 0o640, 0))
        try expectEqual("mode", try at.status("a").st_mode, S_IFREG | 0o640)
    },
    Check("device-is-refused") { at in
        try refused("mknod", with: EPERM, by: mknod(at("a"), S_IFCHR | 0o600, 0x103))
        try refused("mknod", with: EPERM, by: mknod(at("b"), S_IFBLK | 0o600, 0x700))
    },
    Check("programs-run-from-it") { at in
        let script = try at.create("script", holding: "#!/bin/sh\nexit 7\n", mode: 0o755)
        try must("close", close(script))
        var status: Int32 = 0
        let child = try must("fork", fork())
        if child == 0 {
            let path = at("script")
            path.withCString { path in
                var arguments: [UnsafeMutablePointer<CChar>?] = [UnsafeMutablePointer(mutating: path), nil]
                execv(path, &arguments)
            }
            _exit(99)
        }
        waitpid(child, &status, 0)
        try expectEqual("exit status", raw_exit_status(status), 7)
    },
    Check("file-without-x-does-not-run") { at in
        try at.file("script", "#!/bin/sh\n", mode: 0o644)
        try inChild {
            try at("script").withCString { path in
                var arguments: [UnsafeMutablePointer<CChar>?] = [UnsafeMutablePointer(mutating: path), nil]
                try refused("execv", with: EACCES, by: execv(path, &arguments))
            }
        }
    },
]

let processChecks: [Check] = [
    Check("child-shares-the-offset") { at in
        let file = try at.create("a")
        defer { close(file) }
        try put(file, "parent ")
        try inChild { try put(file, "child ") }
        try put(file, "parent")
        try expectEqual("text", try at.text("a"), "parent child parent")
    },
    Check("write-of-a-killed-process-stays") { at in
        let file = try at.create("a")
        defer { close(file) }
        let child = try must("fork", fork())
        if child == 0 {
            _ = write(file, "hello", 5)
            kill(getpid(), SIGKILL)
        }
        var status: Int32 = 0
        waitpid(child, &status, 0)
        try expectEqual("signal", raw_signal(status), SIGKILL)
        try expectEqual("text", try at.text("a"), "hello")
    },
]

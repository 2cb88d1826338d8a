import CRawCalls
import Glibc

let attributeChecks: [Check] = [
    Check("status-of-a-new-file") { at in
        try at.file("a", "hello", mode: 0o640)
        let status = try at.status("a")
        try expectEqual("mode", status.st_mode, S_IFREG | 0o640)
        try expectEqual("size", status.st_size, 5)
        try expectEqual("links", status.st_nlink, 1)
        try expectEqual("uid", status.st_uid, geteuid())
        try expectEqual("gid", status.st_gid, getegid())
    },
    Check("file-mode-creation-mask") { at in
        let before = umask(0o077)
        defer { umask(before) }
        try at.file("a", mode: 0o666)
        try at.directory("d", mode: 0o777)
        try expectEqual("file", try at.status("a").st_mode & 0o7777, 0o600)
        try expectEqual("directory", try at.status("d").st_mode & 0o7777, 0o700)
    },
    Check("chmod-and-fchmod") { at in
        let file = try at.create("a")
        defer { close(file) }
        try must("chmod", chmod(at("a"), 0o751))
        try expectEqual("mode", try statusOf(file).st_mode & 0o7777, 0o751)
        try must("fchmod", fchmod(file, 0o604))
        try expectEqual("mode", try at.status("a").st_mode & 0o7777, 0o604)
    },
    Check("chmod-set-id-and-sticky-bits") { at in
        try at.file("a")
        try at.directory("d")
        try must("chmod", chmod(at("a"), 0o6755))
        try must("chmod", chmod(at("d"), 0o1777))
        try expectEqual("file", try at.status("a").st_mode & 0o7777, 0o6755)
        try expectEqual("directory", try at.status("d").st_mode & 0o7777, 0o1777)
    },
    Check("write-clears-the-set-uid-bit") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try must("chmod", chmod(at("a"), 0o4755))
        try put(file, "J", at: 0)
        try expectEqual("mode", try at.status("a").st_mode & 0o7777, 0o755)
    },
    Check("truncate-clears-the-set-uid-bit") { at in
        try at.file("a", "hello")
        try must("chmod", chmod(at("a"), 0o4755))
        try must("truncate", truncate(at("a"), 1))
        try expectEqual("mode", try at.status("a").st_mode & 0o7777, 0o755)
    },
    Check("set-gid-directory-hands-down-its-bit") { at in
        try at.directory("d")
        try must("chmod", chmod(at("d"), 0o2755))
        try at.directory("d/e")
        try expectEqual("bit", try at.status("d/e").st_mode & S_ISGID, S_ISGID)
        try expectEqual("gid", try at.status("d/e").st_gid, try at.status("d").st_gid)
    },
    Check("file-without-rights-cannot-be-opened") { at in
        try at.file("a", mode: 0)
        try refused("open", with: EACCES, by: at.open("a", O_RDONLY))
        try refused("access", with: EACCES, by: access(at("a"), R_OK))
        try expectEqual("exists", access(at("a"), F_OK), 0)
    },
    Check("read-only-file-cannot-be-written") { at in
        try at.file("a", mode: 0o444)
        try refused("open", with: EACCES, by: at.open("a", O_WRONLY))
        try refused("access", with: EACCES, by: access(at("a"), W_OK))
    },
    Check("directory-without-search") { at in
        try at.directory("d")
        try at.file("d/a")
        try must("chmod", chmod(at("d"), 0o600))
        try refused("open", with: EACCES, by: at.open("d/a", O_RDONLY))
        try expectEqual("names", try at.names("d"), ["a"])
    },
    Check("directory-without-write") { at in
        try at.directory("d")
        try at.file("d/a")
        try must("chmod", chmod(at("d"), 0o500))
        try refused("create", with: EACCES, by: at.open("d/b", O_WRONLY | O_CREAT))
        try refused("unlink", with: EACCES, by: unlink(at("d/a")))
        try refused("rename", with: EACCES, by: rename(at("d/a"), at("b")))
    },
    Check("directory-without-read") { at in
        try at.directory("d")
        try at.file("d/a", "hello")
        try must("chmod", chmod(at("d"), 0o300))
        try refused("open", with: EACCES, by: at.open("d", O_RDONLY | O_DIRECTORY))
        try expectEqual("text", try at.text("d/a"), "hello")
    },
    Check("access-to-execute") { at in
        try at.file("a", mode: 0o644)
        try refused("access", with: EACCES, by: access(at("a"), X_OK))
        try must("chmod", chmod(at("a"), 0o755))
        try expectEqual("access", access(at("a"), X_OK), 0)
    },
    Check("chown-to-oneself") { at in
        try at.file("a")
        try must("chown", chown(at("a"), getuid(), getgid()))
        try must("chown of nothing", chown(at("a"), uid_t.max, gid_t.max))
        try expectEqual("uid", try at.status("a").st_uid, getuid())
    },
    Check("inode-number-is-stable") { at in
        let file = try at.create("a")
        let number = try statusOf(file).st_ino
        try must("close", close(file))
        try expectEqual("by name", try at.status("a").st_ino, number)
        try must("rename", rename(at("a"), at("b")))
        try expectEqual("renamed", try at.status("b").st_ino, number)
    },
    Check("inode-numbers-differ") { at in
        try at.file("a")
        try at.file("b")
        try expect(try at.status("a").st_ino != at.status("b").st_ino, "two files are one")
        try expectEqual("device", try at.status("a").st_dev, try at.status("b").st_dev)
    },
    Check("status-of-a-descriptor-without-a-path") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        var answer = stat()
        try must("fstatat", fstatat(file, "", &answer, raw_empty_path))
        try expectEqual("size", answer.st_size, 5)
    },
]

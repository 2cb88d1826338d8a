import CRawCalls
import Glibc

private let noReplace = 1
private let exchange = 2

let renameChecks: [Check] = [
    Check("rename-moves") { at in
        try at.file("a", "hello")
        try must("rename", rename(at("a"), at("b")))
        try expectEqual("names", try at.names(), ["b"])
        try expectEqual("text", try at.text("b"), "hello")
        try refused("open by the old name", with: ENOENT, by: at.open("a", O_RDONLY))
    },
    Check("rename-replaces") { at in
        try at.file("a", "new")
        try at.file("b", "old")
        let old = try must("open", at.open("b", O_RDONLY))
        defer { close(old) }
        try must("rename", rename(at("a"), at("b")))
        try expectEqual("text", try at.text("b"), "new")
        try expectEqual("open one", try take(old, at: 0, count: 9), "old")
    },
    Check("rename-over-as-editors-do") { at in
        for number in 0..<50 {
            let file = try at.create("text.new", holding: "version \(number)")
            try must("fsync", fsync(file))
            try must("close", close(file))
            try must("rename", rename(at("text.new"), at("text")))
            try expectEqual("text", try at.text("text"), "version \(number)")
        }
    },
    Check("rename-to-another-directory") { at in
        try at.directory("d")
        try at.directory("e")
        try at.file("d/a", "hello")
        try must("rename", rename(at("d/a"), at("e/b")))
        try expectEqual("text", try at.text("e/b"), "hello")
        try expectEqual("names", try at.names("d"), [])
    },
    Check("rename-keeps-open-files") { at in
        let file = try at.create("a", holding: "hello")
        defer { close(file) }
        try at.directory("d")
        try must("rename", rename(at("a"), at("d/b")))
        try put(file, " world")
        try expectEqual("text", try at.text("d/b"), "hello world")
        try expectEqual("size", try statusOf(file).st_size, 11)
    },
    Check("rename-of-a-tree") { at in
        try at.directory("d")
        try at.directory("d/e")
        try at.file("d/e/a", "hello")
        let inner = try must("open", at.open("d/e", O_RDONLY | O_DIRECTORY))
        defer { close(inner) }
        try must("rename", rename(at("d"), at("x")))
        try expectEqual("text", try at.text("x/e/a"), "hello")
        let file = try must("openat", raw_openat(inner, "a", O_RDONLY | O_CLOEXEC, 0))
        close(file)
        try refused("old path", with: ENOENT, by: at.open("d/e/a", O_RDONLY))
    },
    Check("rename-directory-over-an-empty-one") { at in
        try at.directory("d")
        try at.file("d/a")
        try at.directory("e")
        try must("rename", rename(at("d"), at("e")))
        try expectEqual("names", try at.names("e"), ["a"])
    },
    Check("rename-directory-over-a-full-one") { at in
        try at.directory("d")
        try at.directory("e")
        try at.file("e/a")
        try refused("rename", with: ENOTEMPTY, EEXIST, by: rename(at("d"), at("e")))
    },
    Check("rename-directory-into-itself") { at in
        try at.directory("d")
        try refused("rename", with: EINVAL, by: rename(at("d"), at("d/e")))
    },
    Check("rename-file-over-a-directory") { at in
        try at.file("a")
        try at.directory("d")
        try refused("rename", with: EISDIR, by: rename(at("a"), at("d")))
        try refused("rename", with: ENOTDIR, by: rename(at("d"), at("a")))
    },
    Check("rename-of-what-is-missing") { at in
        try refused("rename", with: ENOENT, by: rename(at("a"), at("b")))
    },
    Check("rename-onto-its-own-hard-link") { at in
        try at.file("a")
        try must("link", link(at("a"), at("b")))
        try must("rename", rename(at("a"), at("b")))
        try expectEqual("names", try at.names(), ["a", "b"])
    },
    Check("rename-of-a-symbolic-link") { at in
        try must("symlink", symlink("nowhere", at("a")))
        try must("rename", rename(at("a"), at("b")))
        try expectEqual("link", try readLink(at("b")), "nowhere")
    },
    Check("rename-without-replacing") { at in
        try at.file("a", "a")
        try at.file("b", "b")
        try refused("renameat2", with: EEXIST, by: renameat2(at("a"), at("b"), noReplace))
        try must("renameat2", renameat2(at("a"), at("c"), noReplace))
        try expectEqual("names", try at.names(), ["b", "c"])
    },
    Check("rename-in-exchange") { at in
        try at.file("a", "a")
        try at.directory("d")
        try at.file("d/inner", "inner")
        try must("renameat2", renameat2(at("a"), at("d"), exchange))
        try expectEqual("text", try at.text("d"), "a")
        try expectEqual("text", try at.text("a/inner"), "inner")
        try refused("exchange with nothing", with: ENOENT, by: renameat2(at("a"), at("x"), exchange))
    },
    Check("rename-with-unknown-flags") { at in
        try at.file("a")
        try refused("renameat2", with: EINVAL, by: renameat2(at("a"), at("b"), 1 << 10))
    },
    Check("rename-back-and-forth") { at in
        try at.file("a", "hello")
        for _ in 0..<100 {
            try must("rename", rename(at("a"), at("b")))
            try must("rename", rename(at("b"), at("a")))
        }
        try expectEqual("text", try at.text("a"), "hello")
    },
]

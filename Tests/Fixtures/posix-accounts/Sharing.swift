import CRawCalls
import Glibc

private let old = timespec(tv_sec: 5, tv_nsec: 0)
private let present = timespec(tv_sec: 0, tv_nsec: Int(raw_utime_now))
private let omitted = timespec(tv_sec: 0, tv_nsec: Int(raw_utime_omit))

private func set(_ path: String, _ access: timespec, _ modification: timespec) -> Int32 {
    utimensat(AT_FDCWD, path, [access, modification], 0)
}

let timesChecks: [Check] = [
    Check("times-by-another-who-may-write") { at in
        try at.owned("a", group: team, mode: 0o664)
        try Account.bob.does {
            try must("now", utimensat(AT_FDCWD, at("a"), nil, 0))
            try must("both now", set(at("a"), present, present))
            try must("neither", set(at("a"), omitted, omitted))
            try refused("a given time", with: EPERM, by: set(at("a"), old, old))
            try refused("one of them", with: EPERM, by: set(at("a"), present, omitted))
            try refused("one given", with: EPERM, by: set(at("a"), omitted, old))
        }
    },
    Check("times-by-another-who-may-not-write") { at in
        try at.owned("a", group: team, mode: 0o644)
        try Account.carol.does {
            try refused("now", with: EACCES, by: utimensat(AT_FDCWD, at("a"), nil, 0))
            try refused("a given time", with: EPERM, by: set(at("a"), old, old))
        }
    },
    Check("times-by-the-owner-of-a-read-only-file") { at in
        try at.owned("a", mode: 0o400)
        try Account.alice.does {
            try must("now", utimensat(AT_FDCWD, at("a"), nil, 0))
            try must("a given time", set(at("a"), old, old))
        }
        try expectEqual("seconds", try at.status("a").st_mtim.tv_sec, 5)
    },
    Check("access-time-kept-still-only-by-the-owner") { at in
        try at.owned("a", group: team, mode: 0o666)
        try Account.bob.does { try refused("open", with: EPERM, by: at.open("a", O_RDONLY | O_NOATIME)) }
        try Account.alice.does { try must("open", at.open("a", O_RDONLY | O_NOATIME)) }
        try must("close", close(try must("open as root", at.open("a", O_RDONLY | O_NOATIME))))
    },
    Check("attributes-of-a-sticky-directory-only-by-the-owner") { at in
        try at.ownedDirectory("d", mode: 0o1777)
        try Account.bob.does { try refused("setxattr", with: EPERM, by: setxattr(at("d"), "user.a", "x", 1, 0)) }
        try Account.alice.does { try must("setxattr", setxattr(at("d"), "user.a", "x", 1, 0)) }
    },
]

let stickyChecks: [Check] = [
    Check("sticky-directory-keeps-another's-file") { at in
        try at.ownedDirectory("d", by: .alice, mode: 0o1777)
        try at.owned("d/a", by: .bob, mode: 0o666)
        try at.owned("d/mine", by: .carol, mode: 0o666)
        try Account.carol.does {
            try refused("unlink", with: EPERM, by: unlink(at("d/a")))
            try refused("rename", with: EPERM, by: rename(at("d/a"), at("d/b")))
            try refused("replace", with: EPERM, by: rename(at("d/mine"), at("d/a")))
            try refused("exchange", with: EPERM, by: renameat2(at("d/mine"), at("d/a"), 2))
        }
        try expectEqual("names", try at.names("d"), ["a", "mine"])
    },
    Check("sticky-directory-keeps-another's-directory") { at in
        try at.ownedDirectory("d", by: .alice, mode: 0o1777)
        try at.ownedDirectory("d/e", by: .bob, mode: 0o777)
        try Account.carol.does { try refused("rmdir", with: EPERM, by: rmdir(at("d/e"))) }
        try Account.bob.does { try must("rmdir", rmdir(at("d/e"))) }
    },
    Check("sticky-directory-lets-the-file's-owner") { at in
        try at.ownedDirectory("d", by: .alice, mode: 0o1777)
        try at.owned("d/a", by: .bob, mode: 0o600)
        try Account.bob.does {
            try must("rename", rename(at("d/a"), at("d/b")))
            try must("unlink", unlink(at("d/b")))
        }
    },
    Check("sticky-directory-lets-its-own-owner") { at in
        try at.ownedDirectory("d", by: .alice, mode: 0o1777)
        try at.owned("d/a", by: .bob, mode: 0o600)
        try Account.alice.does {
            try must("rename", rename(at("d/a"), at("d/b")))
            try must("unlink", unlink(at("d/b")))
        }
    },
    Check("sticky-directory-of-a-group") { at in
        try at.ownedDirectory("d", by: .alice, group: team, mode: 0o1770)
        try Account.bob.does { try at.file("d/a") }
        try Account.erin.does { try refused("unlink", with: EPERM, by: unlink(at("d/a"))) }
        try Account.carol.does { try refused("unlink", with: EACCES, by: unlink(at("d/a"))) }
    },
    Check("open-directory-lets-everybody-remove") { at in
        try at.ownedDirectory("d", by: .alice, mode: 0o777)
        try at.owned("d/a", by: .bob, mode: 0o600)
        try Account.carol.does { try must("unlink", unlink(at("d/a"))) }
    },
]

private func protectedHardLinks() -> Bool {
    let file = raw_openat(AT_FDCWD, "/proc/sys/fs/protected_hardlinks", O_RDONLY | O_CLOEXEC, 0)
    defer { close(file) }
    var letter: UInt8 = 0
    return read(file, &letter, 1) == 1 && letter == UInt8(ascii: "1")
}

let sharingChecks: [Check] = [
    Check("hard-link-to-another's-unwritable-file") { at in
        try at.ownedDirectory("d", by: .root, mode: 0o777)
        try at.owned("d/a", mode: 0o644)
        try Account.bob.does {
            let answer = link(at("d/a"), at("d/b"))
            // proc(5): fs.protected_hardlinks.
            if protectedHardLinks() { try refused("link", with: EPERM, by: answer) } else { try must("link", answer) }
        }
    },
    Check("hard-link-to-another's-set-uid-file") { at in
        try at.ownedDirectory("d", by: .root, mode: 0o777)
        try at.owned("d/a", mode: 0o4777)
        try Account.bob.does {
            let answer = link(at("d/a"), at("d/b"))
            if protectedHardLinks() { try refused("link", with: EPERM, by: answer) } else { try must("link", answer) }
        }
    },
    Check("removal-from-another's-directory") { at in
        try at.ownedDirectory("d", mode: 0o755)
        try at.owned("d/mine", by: .bob, mode: 0o666)
        try at.ownedDirectory("d/sub", by: .bob, mode: 0o777)
        try Account.bob.does {
            try refused("unlink", with: EACCES, by: unlink(at("d/mine")))
            try refused("rmdir", with: EACCES, by: rmdir(at("d/sub")))
            try refused("rename", with: EACCES, by: rename(at("d/mine"), at("d/other")))
            try refused("link", with: EACCES, by: link(at("d/mine"), at("d/other")))
        }
    },
    Check("moving-another's-directory-needs-it-writable") { at in
        // Its entry .. changes, so it must be writable itself, but only where the parent is another.
        for path in ["one", "two"] { try at.ownedDirectory(path, by: .root, mode: 0o777) }
        try at.ownedDirectory("one/d", mode: 0o755)
        try Account.bob.does {
            try must("within the parent", rename(at("one/d"), at("one/e")))
            try refused("to another", with: EACCES, by: rename(at("one/e"), at("two/e")))
        }
    },
    Check("private-directory-is-closed-though-it-was-just-read") { at in
        try at.ownedDirectory("d", mode: 0o700)
        try at.owned("d/a", mode: 0o666)
        try Account.alice.does {
            try expectEqual("names", try at.names("d"), ["a"])
            try expectEqual("text", try at.text("d/a"), "hello")
        }
        try Account.carol.does {
            try refused("list", with: EACCES, by: at.open("d", O_RDONLY))
            try refused("open", with: EACCES, by: at.open("d/a", O_RDONLY))
            try refused("stat", with: EACCES, by: access(at("d/a"), F_OK))
        }
    },
    Check("private-file-is-closed-though-it-was-just-read") { at in
        try at.owned("a", mode: 0o600)
        try Account.alice.does { try expectEqual("text", try at.text("a"), "hello") }
        try Account.carol.does { try refused("open", with: EACCES, by: at.open("a", O_RDONLY)) }
    },
    Check("rights-given-and-taken-count-at-once") { at in
        try at.owned("a", mode: 0o600)
        for _ in 0..<10 {
            try Account.alice.does { try must("chmod", chmod(at("a"), 0o644)) }
            try Account.carol.does { try must("open", at.open("a", O_RDONLY)) }
            try Account.alice.does { try must("chmod", chmod(at("a"), 0o600)) }
            try Account.carol.does { try refused("open", with: EACCES, by: at.open("a", O_RDONLY)) }
        }
    },
    Check("groups-given-up-count-at-once") { at in
        try at.owned("a", by: .root, group: team, mode: 0o640)
        for account in [Account.bob, .erin] {
            try inChild {
                try must("setgroups", setgroups(account.groups.count, account.groups))
                try must("seteuid", setresuid(0, account.user, 0))
                try must("with the group", access(at("a"), F_OK))
                try must("close", close(try must("open", at.open("a", O_RDONLY))))
                try must("back", setresuid(0, 0, 0))
                try must("setgroups", setgroups(0, []))
                try must("setegid", setresgid(account.group, account.group, account.group))
                try must("seteuid", setresuid(0, account.user, 0))
                try refused("without it", with: EACCES, by: at.open("a", O_RDONLY))
            }
        }
    },
    Check("descriptor-is-a-right-that-is-handed-on") { at in
        try at.owned("a", mode: 0o600)
        let file = try must("open", at.open("a", O_RDWR))
        defer { close(file) }
        try Account.carol.does {
            try expectEqual("text", try take(file, at: 0, count: 9), "hello")
            try put(file, "J", at: 0)
            try must("ftruncate", ftruncate(file, 4))
            try must("fsync", fsync(file))
            try refused("reopen", with: EACCES, by: raw_openat(AT_FDCWD, "/proc/self/fd/\(file)", O_RDONLY, 0))
        }
        try expectEqual("text", try at.text("a"), "Jell")
    },
    Check("access-is-asked-for-the-real-account") { at in
        try at.owned("a", mode: 0o600)
        try inChild {
            try must("setresuid", setresuid(Account.carol.user, Account.alice.user, 0))
            try refused("real", with: EACCES, by: access(at("a"), R_OK))
            try must("effective", faccessat(AT_FDCWD, at("a"), R_OK, AT_EACCESS))
            try must("close", close(try must("open", at.open("a", O_RDWR))))
        }
    },
    Check("access-of-groups-real-and-effective") { at in
        try at.owned("a", group: foreign, mode: 0o640)
        try inChild {
            try must("setgroups", setgroups(0, []))
            try must("setresgid", setresgid(Account.carol.group, foreign, foreign))
            try must("setresuid", setresuid(Account.carol.user, Account.carol.user, 0))
            try refused("real", with: EACCES, by: access(at("a"), R_OK))
            try must("effective", faccessat(AT_FDCWD, at("a"), R_OK, AT_EACCESS))
            try must("open", at.open("a", O_RDONLY))
        }
    },
    Check("locks-between-accounts") { at in
        try at.owned("a", mode: 0o666)
        let file = try must("open", at.open("a", O_RDWR))
        defer { close(file) }
        try must("flock", flock(file, LOCK_EX))
        try Account.bob.does {
            let other = try must("open", at.open("a", O_RDWR))
            try refused("flock", with: EWOULDBLOCK, by: flock(other, LOCK_EX | LOCK_NB))
        }
    },
    Check("one-writes-and-the-other-reads") { at in
        try at.owned("a", group: team, mode: 0o660)
        for account in [Account.alice, .bob, .dave, .erin, .gina] {
            try account.does {
                let file = try must("open", at.open("a", O_WRONLY | O_TRUNC))
                try put(file, account.name)
                try must("close", close(file))
            }
            try Account.alice.does { try expectEqual("text", try at.text("a"), account.name) }
        }
        try at.expectOwner("a", .alice, team)
    },
    Check("device-by-an-account-is-refused") { at in
        try at.ownedDirectory("d", by: .root, mode: 0o777)
        try Account.alice.does {
            try refused("character", with: EPERM, by: mknod(at("d/a"), S_IFCHR | 0o666, 0x103))
            try refused("block", with: EPERM, by: mknod(at("d/b"), S_IFBLK | 0o666, 0x700))
        }
    },
    Check("symbolic-link-of-another-is-followed") { at in
        try at.ownedDirectory("d", by: .root, mode: 0o755)
        try at.owned("d/a", mode: 0o600)
        try must("symlink", symlink("a", at("d/l")))
        try must("lchown", lchown(at("d/l"), Account.carol.user, Account.carol.group))
        try Account.alice.does { try expectEqual("text", try at.text("d/l"), "hello") }
        try Account.carol.does { try refused("open", with: EACCES, by: at.open("d/l", O_RDONLY)) }
    },
]

import CRawCalls
import Glibc

/// What an account may do with a file of alice's and the team's.
private func fileRights(_ mode: mode_t, _ account: Account) -> Check {
    Check("file-\(octal(mode))-for-\(account.name)") { at in
        try at.owned("a", group: team, mode: mode)
        let bits = account.bits(of: mode, owner: .alice, group: team)
        try account.does {
            try expectAllowed("open to read", bits & 4 != 0, at.open("a", O_RDONLY))
            try expectAllowed("open to write", bits & 2 != 0, at.open("a", O_WRONLY))
            try expectAllowed("open for both", bits & 6 == 6, at.open("a", O_RDWR))
            try expectAllowed("truncate", bits & 2 != 0, truncate(at("a"), 3))
            for asked in [R_OK, W_OK, X_OK] {
                try expectAllowed("access \(asked)", bits & mode_t(asked) != 0, access(at("a"), asked))
            }
            try expectAllowed("setxattr", bits & 2 != 0, setxattr(at("a"), "user.a", "x", 1, 0))
            try must("stat", access(at("a"), F_OK))
        }
    }
}

/// What an account may do with a directory of alice's and the team's.
private func directoryRights(_ mode: mode_t, _ account: Account) -> Check {
    Check("directory-\(octal(mode))-for-\(account.name)") { at in
        try at.ownedDirectory("d", group: team, mode: 0o755)
        try at.owned("d/a", group: team, mode: 0o666)
        try at.ownedDirectory("d/sub", group: team, mode: 0o777)
        try must("chmod", chmod(at("d"), mode))
        let bits = account.bits(of: mode, owner: .alice, group: team)
        let (reads, searches, changes) = (bits & 4 != 0, bits & 1 != 0, bits & 3 == 3)
        try account.does {
            try expectAllowed("open the list", reads, at.open("d", O_RDONLY | O_DIRECTORY))
            try expectAllowed("access below", searches, access(at("d/a"), F_OK))
            try expectAllowed("open below", searches, at.open("d/a", O_RDWR))
            try expectAllowed("chdir", searches, chdir(at("d")))
            try expectAllowed("mkdir", changes, mkdir(at("d/new"), 0o755))
            try expectAllowed("rmdir", changes, rmdir(at("d/sub")))
            try expectAllowed("symlink", changes, symlink("x", at("d/l")))
            try expectAllowed("rename", changes, rename(at("d/a"), at("d/b")))
            try expectAllowed("unlink", changes, unlink(at(changes ? "d/b" : "d/a")))
        }
    }
}

/// Whether an account may start a program of alice's and the team's.
private func programRights(_ mode: mode_t, _ account: Account) -> Check {
    Check("program-\(octal(mode))-for-\(account.name)") { at in
        try copyProgram("/bin/true", to: at("program"))
        try must("chown", chown(at("program"), Account.alice.user, team))
        try must("chmod", chmod(at("program"), mode))
        let runs = account.user == 0 ? mode & 0o111 != 0 : account.bits(of: mode, owner: .alice, group: team) & 1 != 0
        try account.does {
            execute(at("program"))
            if runs { throw Failure("execv: \(nameOfErrno(errno))") }
            try refused("execv", with: EACCES, by: -1)
        }
    }
}

private func octal(_ mode: mode_t) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: 4 - digits.count) + digits
}

private func each(_ modes: [mode_t], _ accounts: [Account], _ row: (mode_t, Account) -> Check) -> [Check] {
    modes.flatMap { mode in accounts.map { row(mode, $0) } }
}

let rightsChecks: [Check] =
    each([0o400, 0o040, 0o004, 0o600, 0o060, 0o006, 0o077, 0o000, 0o707, 0o640], Account.everybody, fileRights)
    + each([0o700, 0o070, 0o007, 0o500, 0o030, 0o010, 0o003, 0o077, 0o751], Account.everybody, directoryRights)
    + each([0o100, 0o010, 0o001, 0o755, 0o666, 0o711], [.alice, .bob, .carol, .erin, .root], programRights)

let rootChecks: [Check] = [
    Check("root-opens-what-nobody-may") { at in
        try at.owned("a", mode: 0)
        try must("close", close(try must("open", at.open("a", O_RDWR))))
        try must("truncate", truncate(at("a"), 2))
        try expectEqual("text", try at.text("a"), "he")
        try at.expectOwner("a", .alice)
    },
    Check("root-lists-and-changes-what-nobody-may") { at in
        try at.ownedDirectory("d", mode: 0)
        try at.file("d/a")
        try expectEqual("names", try at.names("d"), ["a"])
        try must("rename", rename(at("d/a"), at("d/b")))
        try must("unlink", unlink(at("d/b")))
    },
    Check("root-asks-for-access") { at in
        try at.owned("a", mode: 0)
        try at.ownedDirectory("d", mode: 0)
        try must("read and write", access(at("a"), R_OK | W_OK))
        try refused("execute", with: EACCES, by: access(at("a"), X_OK))
        try must("everything of a directory", access(at("d"), R_OK | W_OK | X_OK))
    },
    Check("root-changes-modes-owners-and-times-of-others") { at in
        try at.owned("a", mode: 0o600)
        try must("chmod", chmod(at("a"), 0o640))
        let old = timespec(tv_sec: 5, tv_nsec: 0)
        try must("utimensat", utimensat(AT_FDCWD, at("a"), [old, old], 0))
        try must("chown", chown(at("a"), Account.bob.user, foreign))
        try at.expectOwner("a", .bob, foreign)
        try expectEqual("mode", try at.mode("a"), 0o640)
    },
    Check("root-writes-and-keeps-the-set-id-bits") { at in
        try at.owned("a", mode: 0o6755)
        let file = try must("open", at.open("a", O_WRONLY))
        defer { close(file) }
        try put(file, "J")
        try expectEqual("mode", try at.mode("a"), 0o6755)
    },
    Check("root-removes-from-a-sticky-directory") { at in
        try at.ownedDirectory("d", mode: 0o1777)
        try at.owned("d/a", by: .bob, mode: 0o600)
        try must("rename", rename(at("d/a"), at("d/b")))
        try must("unlink", unlink(at("d/b")))
    },
    Check("root-makes-a-device") { at in
        try must("mknod", mknod(at("null"), S_IFCHR | 0o666, 0x103))
        let status = try at.status("null")
        try expectEqual("kind", status.st_mode & S_IFMT, S_IFCHR)
        try expectEqual("device", status.st_rdev, 0x103)
        try at.expectOwner("null", .root)
    },
    Check("root-without-its-powers-is-nobody-special") { at in
        try at.owned("a", mode: 0o600)
        try inChild {
            // Another account's fsuid takes the powers over files away: capabilities(7).
            actForFiles(asUser: Account.carol.user)
            try refused("open", with: EACCES, by: at.open("a", O_RDONLY))
            try refused("chmod", with: EPERM, by: chmod(at("a"), 0o666))
        }
    },
    Check("root-sets-trusted-attributes") { at in
        try at.owned("a", mode: 0o644)
        try must("setxattr", setxattr(at("a"), "trusted.colour", "blue", 4, 0))
        try expectEqual("size", try must("getxattr", getxattr(at("a"), "trusted.colour", nil, 0)), 4)
        try Account.alice.does {
            try refused("getxattr", with: ENODATA, EPERM, by: getxattr(at("a"), "trusted.colour", nil, 0))
            try expectEqual("list", listxattr(at("a"), nil, 0), 0)
        }
    },
    Check("root-sets-security-attributes-that-all-read") { at in
        try at.owned("a", mode: 0o644)
        try must("setxattr", setxattr(at("a"), "security.colour", "blue", 4, 0))
        try Account.carol.does {
            try expectEqual("size", try must("getxattr", getxattr(at("a"), "security.colour", nil, 0)), 4)
            try refused("setxattr", with: EPERM, by: setxattr(at("a"), "security.colour", "red", 3, 0))
        }
    },
]

import CRawCalls
import Glibc

/// Each way to make an entry.
enum Way: String, CaseIterable, Sendable {
    case create, mkdir, symlink, mkfifo, mknod, bind

    func make(_ at: Scratch, _ name: String) throws {
        switch self {
        case .create: try at.file(name)
        case .mkdir: try at.directory(name)
        case .symlink: try must("symlink", Glibc.symlink("nowhere", at(name)))
        case .mkfifo: try must("mkfifo", Glibc.mkfifo(at(name), 0o644))
        case .mknod: try must("mknod", Glibc.mknod(at(name), S_IFREG | 0o644, 0))
        case .bind: try bindSocket(at, name)
        }
    }

    /// From within: a path of sun_path has 108 bytes. The child's working directory is its own.
    private func bindSocket(_ at: Scratch, _ name: String) throws {
        try inChild {
            let place = at(name)
            let slash = place.lastIndex(of: "/")!
            try must("chdir", chdir(String(place[..<slash])))
            let listener = try must("socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
            try must("bind", raw_bind_unix(listener, String(place[place.index(after: slash)...])))
        }
    }
}

let makingChecks: [Check] =
    Way.allCases.map { way in
        Check("\(way)-belongs-to-whoever-made-it") { at in
            try at.ownedDirectory("d", by: .root, mode: 0o777)
            for account in Account.everybody {
                try account.does { try way.make(at, "d/\(account.name)") }
                try at.expectOwner("d/\(account.name)", account)
            }
            try way.make(at, "d/root")
            try at.expectOwner("d/root", .root)
        }
    }
    + Way.allCases.map { way in
        Check("\(way)-in-a-set-gid-directory-takes-its-group") { at in
            try at.ownedDirectory("d", group: team, mode: 0o2777)
            for account in [Account.bob, .carol] {
                try account.does { try way.make(at, "d/\(account.name)") }
                try at.expectOwner("d/\(account.name)", account, team)
                if way == .mkdir { try expectEqual("mode", try at.mode("d/\(account.name)"), 0o2755) }
            }
        }
    }
    + Way.allCases.map { way in
        Check("\(way)-in-another's-directory-is-refused") { at in
            try at.ownedDirectory("d", mode: 0o755)
            try Account.carol.does {
                do { try way.make(at, "d/x") } catch { return try expect("\(error)".contains("EACCES"), "\(error)") }
                throw Failure("it was made")
            }
            try expectEqual("names", try at.names("d"), [])
        }
    }
    + [
        Check("link-belongs-to-the-file's-owner") { at in
            try at.ownedDirectory("d", by: .root, mode: 0o777)
            try at.owned("d/a", group: team, mode: 0o666)
            try Account.bob.does { try must("link", link(at("d/a"), at("d/b"))) }
            try at.expectOwner("d/b", .alice, team)
        },
        Check("unnamed-file-belongs-to-whoever-made-it") { at in
            try at.ownedDirectory("d", by: .root, mode: 0o777)
            let probe = at.open("d", O_RDWR | raw_tmpfile)
            close(try offered("open", probe))
            try Account.bob.does {
                let file = try must("open", at.open("d", O_RDWR | raw_tmpfile))
                try expectEqual("uid", try statusOf(file).st_uid, Account.bob.user)
            }
        },
        Check("made-by-the-effective-group") { at in
            try at.ownedDirectory("d", by: .root, mode: 0o777)
            try inChild {
                try must("setegid", setresgid(Account.bob.group, team, team))
                try must("setuid", setresuid(Account.bob.user, Account.bob.user, Account.bob.user))
                try at.file("d/a")
            }
            try at.expectOwner("d/a", .bob, team)
        },
        Check("made-by-the-effective-account") { at in
            try at.ownedDirectory("d", by: .root, mode: 0o777)
            try inChild {
                try must("setegid", setresgid(gid_t.max, Account.bob.group, gid_t.max))
                try must("seteuid", setresuid(uid_t.max, Account.bob.user, uid_t.max))
                try at.file("d/a")
            }
            try at.expectOwner("d/a", .bob)
        },
        Check("made-by-the-account-for-files") { at in
            try at.ownedDirectory("d", by: .root, mode: 0o777)
            try inChild {
                actForFiles(asUser: Account.alice.user, group: Account.alice.group)
                for way in Way.allCases where way != .bind { try way.make(at, "d/\(way)") }
            }
            for way in Way.allCases where way != .bind { try at.expectOwner("d/\(way)", .alice) }
        },
        Check("set-gid-file-by-a-stranger-to-the-group-loses-the-bit") { at in
            try at.ownedDirectory("d", group: team, mode: 0o2777)
            try Account.carol.does { close(try must("open", at.open("d/a", O_RDWR | O_CREAT, mode: 0o2755))) }
            try at.expectOwner("d/a", .carol, team)
            try expectEqual("mode", try at.mode("d/a"), 0o755)
        },
        Check("set-gid-file-by-a-member-keeps-the-bit") { at in
            try at.ownedDirectory("d", group: team, mode: 0o2777)
            for account in [Account.bob, .dave, .erin, .gina] {
                try account.does {
                    close(try must("open", at.open("d/\(account.name)", O_RDWR | O_CREAT, mode: 0o2755)))
                }
                try expectEqual("mode of \(account.name)'s", try at.mode("d/\(account.name)"), 0o2755)
            }
        },
        Check("set-gid-made-right-after-a-write") { at in
            // A server that lays a power down for one request has it again for the next.
            try at.ownedDirectory("d", group: team, mode: 0o2777)
            try at.owned("w", mode: 0o666)
            for round in 0..<20 {
                try Account.bob.does {
                    let written = try must("open", at.open("w", O_WRONLY))
                    try put(written, "text")
                    try must("mkdir", mkdir(at("d/d\(round)"), 0o2755))
                    close(try must("open", at.open("d/f\(round)", O_RDWR | O_CREAT, mode: 0o2755)))
                }
                try expectEqual("mode", try at.mode("d/f\(round)"), 0o2755)
                try expectEqual("mode of the directory", try at.mode("d/d\(round)"), 0o2755)
            }
        },
        Check("mask-of-each-process-at-once") { at in
            try at.ownedDirectory("d", by: .root, mode: 0o777)
            let masks: [mode_t] = [0, 0o002, 0o022, 0o027, 0o077, 0o177]
            try atOnce(masks.count) { number in
                try Account.everybody[number].become()
                umask(masks[number])
                for round in 0..<50 { try at.file("d/\(number)-\(round)", mode: 0o666) }
            }
            for (number, mask) in masks.enumerated() {
                for round in 0..<50 {
                    try expectEqual("mode", try at.mode("d/\(number)-\(round)"), 0o666 & ~mask)
                    try at.expectOwner("d/\(number)-\(round)", Account.everybody[number])
                }
            }
        },
        Check("made-by-all-at-once-belongs-to-each") { at in
            // A server that changes its identity for a request must do so for one thread, not for the process.
            try at.ownedDirectory("d", by: .root, mode: 0o777)
            try atOnce(12) { number in
                let account = Account.everybody[number % 6]
                try account.become()
                for round in 0..<40 {
                    try at.file("d/f-\(number)-\(round)")
                    try at.directory("d/d-\(number)-\(round)")
                    try must("symlink", symlink("x", at("d/l-\(number)-\(round)")))
                }
            }
            for number in 0..<12 {
                for round in 0..<40 {
                    for kind in ["f", "d", "l"] {
                        try at.expectOwner("d/\(kind)-\(number)-\(round)", Account.everybody[number % 6])
                    }
                }
            }
        },
        Check("refused-and-allowed-at-once") { at in
            try at.owned("a", mode: 0o600)
            try atOnce(8) { number in
                let account = number % 2 == 0 ? Account.alice : .carol
                try account.become()
                for _ in 0..<200 { try expectAllowed("open", account.user == Account.alice.user, at.open("a", O_RDWR)) }
            }
        },
        Check("made-anew-over-another's-keeps-the-owner") { at in
            try at.owned("a", group: team, mode: 0o666)
            try Account.carol.does {
                let file = try must("open", at.open("a", O_RDWR | O_CREAT | O_TRUNC))
                try put(file, "carol's")
            }
            try at.expectOwner("a", .alice, team)
        },
        Check("replaced-by-a-rename-changes-the-owner") { at in
            try at.ownedDirectory("d", by: .root, mode: 0o777)
            try at.owned("d/a", mode: 0o666)
            try Account.carol.does {
                try at.file("d/b", "carol's")
                try must("rename", rename(at("d/b"), at("d/a")))
            }
            try at.expectOwner("d/a", .carol)
        },
    ]

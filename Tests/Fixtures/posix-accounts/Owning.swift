import CRawCalls
import Glibc

let chownChecks: [Check] = [
    Check("chown-by-another-is-refused") { at in
        try at.owned("a", group: team, mode: 0o666)
        for account in [Account.bob, .carol] {
            try account.does {
                try refused("to oneself", with: EPERM, by: chown(at("a"), account.user, gid_t.max))
                try refused("group", with: EPERM, by: chown(at("a"), uid_t.max, account.group))
            }
        }
        try at.expectOwner("a", .alice, team)
    },
    Check("chown-by-the-owner-gives-nothing-away") { at in
        try at.owned("a", mode: 0o600)
        try Account.alice.does {
            try refused("chown", with: EPERM, by: chown(at("a"), Account.bob.user, gid_t.max))
            try refused("to root", with: EPERM, by: chown(at("a"), 0, gid_t.max))
            try must("to oneself", chown(at("a"), Account.alice.user, Account.alice.group))
        }
    },
    Check("chgrp-to-one's-own-groups") { at in
        for account in [Account.alice, .bob, .dave, .erin] {
            try at.owned(account.name, by: account, mode: 0o600)
            try account.does { try must("chown", chown(at(account.name), uid_t.max, account.groups.last!)) }
            try at.expectOwner(account.name, account, account.groups.last!)
        }
    },
    Check("chgrp-to-a-foreign-group-is-refused") { at in
        for account in Account.everybody {
            try at.owned(account.name, by: account, mode: 0o600)
            try account.does { try refused("chown", with: EPERM, by: chown(at(account.name), uid_t.max, foreign)) }
            try at.expectOwner(account.name, account)
        }
    },
    Check("chgrp-of-every-kind-by-its-owner") { at in
        try at.ownedDirectory("d", by: .root, mode: 0o777)
        try Account.bob.does {
            for way in Way.allCases {
                try way.make(at, "d/\(way)")
                try must("lchown \(way)", lchown(at("d/\(way)"), uid_t.max, team))
            }
        }
        for way in Way.allCases { try at.expectOwner("d/\(way)", .bob, team) }
    },
    Check("fchown-of-another's-descriptor") { at in
        try at.owned("a", group: team, mode: 0o666)
        let file = try must("open", at.open("a", O_RDWR))
        defer { close(file) }
        try Account.bob.does {
            try refused("fchown", with: EPERM, by: fchown(file, Account.bob.user, gid_t.max))
            try refused("fchmod", with: EPERM, by: fchmod(file, 0o777))
            try put(file, "J")
        }
        try Account.alice.does { try must("fchmod", fchmod(file, 0o600)) }
    },
    Check("chmod-by-another-is-refused") { at in
        try at.owned("a", group: team, mode: 0o666)
        try at.ownedDirectory("d", group: team, mode: 0o777)
        for account in [Account.bob, .carol] {
            try account.does {
                try refused("file", with: EPERM, by: chmod(at("a"), 0o777))
                try refused("directory", with: EPERM, by: chmod(at("d"), 0o700))
            }
        }
    },
    Check("chmod-set-gid-by-a-stranger-to-the-group") { at in
        try at.owned("a", group: team, mode: 0o755)
        try Account.alice.does { try must("chmod", chmod(at("a"), 0o2755)) }
        try expectEqual("mode", try at.mode("a"), 0o755)
    },
    Check("chmod-set-gid-by-members") { at in
        for account in [Account.bob, .dave, .erin, .gina] {
            try at.owned(account.name, by: account, group: team, mode: 0o755)
            try account.does { try must("chmod", chmod(at(account.name), 0o2755)) }
            try expectEqual("mode of \(account.name)'s", try at.mode(account.name), 0o2755)
        }
    },
    Check("chmod-set-gid-of-a-directory-by-a-stranger") { at in
        try at.ownedDirectory("d", group: team, mode: 0o755)
        try Account.alice.does { try must("chmod", chmod(at("d"), 0o2755)) }
        try expectEqual("mode", try at.mode("d"), 0o755)
    },
    Check("chmod-set-uid-and-sticky-by-the-owner") { at in
        try at.owned("a", mode: 0o755)
        try at.ownedDirectory("d", mode: 0o755)
        try Account.alice.does {
            try must("chmod", chmod(at("a"), 0o4755))
            try must("chmod", chmod(at("d"), 0o1777))
        }
        try expectEqual("file", try at.mode("a"), 0o4755)
        try expectEqual("directory", try at.mode("d"), 0o1777)
    },
]

/// A program's file with the set-id bits, writable by all, and what an act of somebody leaves of them.
private func bits(
    _ name: String, by account: Account, leaves expected: mode_t, from start: mode_t = 0o6777,
    _ act:
        @escaping @Sendable (
            Scratch
        ) throws -> Void
) -> Check {
    Check(name) { at in
        try at.owned("a", group: team, mode: start)
        try account.does { try act(at) }
        try expectEqual("mode", try at.mode("a"), expected)
    }
}

private func writing(_ at: Scratch, _ flags: Int32 = 0, _ body: (Int32) throws -> Void) throws {
    let file = try must("open", at.open("a", O_WRONLY | flags))
    try body(file)
    try must("close", close(file))
}

let setIdChecks: [Check] = [
    bits("set-id-bits-go-when-another-writes", by: .carol, leaves: 0o777) { at in try writing(at) { try put($0, "x") }
    },
    bits("set-id-bits-go-when-a-member-writes", by: .bob, leaves: 0o777) { at in try writing(at) { try put($0, "x") } },
    bits("set-id-bits-go-when-the-owner-writes", by: .alice, leaves: 0o777) { at in try writing(at) { try put($0, "x") }
    },
    bits("set-id-bits-go-when-another-appends", by: .carol, leaves: 0o777) { at in
        try writing(at, O_APPEND) { try put($0, "x") }
    },
    bits("set-id-bits-go-when-another-truncates", by: .carol, leaves: 0o777) {
        try must("truncate", truncate($0("a"), 1))
    },
    bits("set-id-bits-go-when-another-cuts-by-descriptor", by: .carol, leaves: 0o777) { at in
        try writing(at) { try must("ftruncate", ftruncate($0, 1)) }
    },
    bits("set-id-bits-go-when-another-opens-to-truncate", by: .carol, leaves: 0o777) { at in
        try writing(at, O_TRUNC) { _ in }
    },
    bits("set-id-bits-stay-when-another-reads", by: .carol, leaves: 0o6777) { _ = try $0.text("a") },
    bits("set-id-bits-stay-when-another-sets-the-time", by: .carol, leaves: 0o6777) {
        try must("utimensat", utimensat(AT_FDCWD, $0("a"), nil, 0))
    },
    bits("set-id-bits-stay-when-root-writes", by: .root, leaves: 0o6777) { at in try writing(at) { try put($0, "x") } },
    bits("set-id-bits-stay-when-root-truncates", by: .root, leaves: 0o6777) {
        try must("truncate", truncate($0("a"), 1))
    },
    bits("set-id-bits-go-when-root-chowns", by: .root, leaves: 0o777) {
        try must("chown", chown($0("a"), Account.bob.user, team))
    },
    bits("set-id-bits-go-when-the-owner-chowns", by: .alice, leaves: 0o777) {
        try must("chown", chown($0("a"), uid_t.max, Account.alice.group))
    },
    bits("set-gid-without-x-stays-when-a-member-writes", by: .bob, leaves: 0o2666, from: 0o2666) { at in
        try writing(at) { try put($0, "x") }
    },
    bits("sticky-bit-stays-when-another-writes", by: .carol, leaves: 0o1777, from: 0o1777) { at in
        try writing(at) { try put($0, "x") }
    },
    Check("set-id-bits-go-when-another-writes-by-root's-descriptor") { at in
        try at.owned("a", group: team, mode: 0o6777)
        let file = try must("open", at.open("a", O_WRONLY))
        defer { close(file) }
        try Account.carol.does { try put(file, "x") }
        try expectEqual("mode", try at.mode("a"), 0o777)
    },
    Check("file-capabilities-go-when-another-writes") { at in
        try at.owned("a", mode: 0o777)
        let capability: [UInt8] = [0, 0, 0, 2, 0, 4, 0, 0] + [UInt8](repeating: 0, count: 12)
        if setxattr(at("a"), "security.capability", capability, capability.count, 0) == -1 {
            throw NotOffered(description: "setxattr: \(nameOfErrno(errno))")
        }
        try Account.carol.does { try writing(at) { try put($0, "x") } }
        try refused("getxattr", with: ENODATA, by: getxattr(at("a"), "security.capability", nil, 0))
    },
]

import CRawCalls
import Glibc

/// True if this process holds a capability in one of its sets, or acts as another user than started it.
func hasPower() -> Bool {
    let sets = text(of: "/proc/self/status").split(separator: "\n").filter {
        $0.hasPrefix("CapInh") || $0.hasPrefix("CapPrm") || $0.hasPrefix("CapEff") || $0.hasPrefix("CapAmb")
    }
    return sets.count != 4 || sets.contains(where: holdsSomething) || geteuid() != getuid() || getegid() != getgid()
}

/// A line such as `CapEff:	0000000000000000`.
private func holdsSomething(_ line: Substring) -> Bool {
    line.split(separator: "\t").last.map { $0.contains { $0 != "0" } } ?? true
}

/// capset(2) with this capability alone, in the permitted and effective sets, and in the inheritable one if asked.
private func setCapability(_ number: Int, inheritable: Bool) -> Int {
    var header = __user_cap_header_struct(version: 0x2008_0522, pid: 0)
    var sets = [__user_cap_data_struct](repeating: .init(effective: 0, permitted: 0, inheritable: 0), count: 2)
    let bit = UInt32(1) << UInt32(number % 32)
    sets[number / 32] = .init(effective: bit, permitted: bit, inheritable: inheritable ? bit : 0)
    return withUnsafeMutablePointer(to: &header) { header in
        sets.withUnsafeMutableBytes {
            call(Int32(SYS_capset), Int(bitPattern: header), Int(bitPattern: $0.baseAddress!))
        }
    }
}

/// The first capability that capset(2) grants.
private func gainCapability(inheritable: Bool) throws -> Int {
    for number in 0..<41 where setCapability(number, inheritable: inheritable) == 0 { return number }
    throw Refused(call: "capset", number: errno)
}

/// Runs a copy of this program that tells whether its exec gave it power.
private func gainPower(by program: String) throws {
    let child = try need("fork", fork())
    if child == 0 {
        program.withCString { path in
            "power".withCString { word in
                var arguments = [UnsafeMutablePointer(mutating: path), UnsafeMutablePointer(mutating: word), nil]
                execv(path, &arguments)
            }
        }
        _exit(errno == EPERM || errno == EACCES ? 41 : 40)
    }
    var status: Int32 = 0
    try need("waitpid", waitpid(child, &status, 0))
    if raw_exit_status(status) == 40 { throw Refused(call: "the program did not start", number: ENOEXEC) }
    try needs(raw_exited(status) != 0 && raw_exit_status(status) == 42, "the program had no power")
}

/// Copies a file's bytes and makes the copy executable.
private func copyProgram(_ from: String, to path: String, mode: mode_t) throws {
    let source = try open(from, O_RDONLY)
    let target = try open(path, O_WRONLY | O_CREAT | O_TRUNC)
    while try need("sendfile", sendfile(target, source, nil, 1 << 20)) > 0 {}
    try need("fchmod", fchmod(target, mode))
    close(target)
    close(source)
}

func powerAttempts(in situation: Situation) -> [Attempt] {
    var attempts = [
        Attempt(.power, .incompleteDrop, "hold a capability", behind: [.capabilities], refusedWith: []) { _ in
            try needs(hasPower(), "every set is empty")
        },
        Attempt(
            .power, .incompleteDrop, "capset: permitted and effective", behind: [.capabilities], refusedWith: [EPERM]
        ) { _ in
            _ = try gainCapability(inheritable: false)
        },
        Attempt(
            .power, .incompleteDrop, "capset: inheritable, then the ambient set", behind: [.capabilities],
            refusedWith: [EPERM]
        ) { _ in
            let number = try gainCapability(inheritable: true)
            let raised = raw_prctl(PR_CAP_AMBIENT, UInt(PR_CAP_AMBIENT_RAISE), UInt(number), 0, 0)
            try need("PR_CAP_AMBIENT_RAISE", raised)
        },
        Attempt(.power, .incompleteDrop, "ambient set alone", behind: [.kernel], refusedWith: [EPERM]) { _ in
            try need("PR_CAP_AMBIENT_RAISE", raw_prctl(PR_CAP_AMBIENT, UInt(PR_CAP_AMBIENT_RAISE), 0, 0, 0))
        },
        Attempt(
            .power, .incompleteDrop, "securebits: unlock root's exec", behind: [.capabilities], refusedWith: [EPERM]
        ) { _ in
            try need("PR_SET_SECUREBITS", raw_prctl(PR_SET_SECUREBITS, 0, 0, 0, 0))
        },
        Attempt(
            .power, .incompleteDrop, "keep capabilities over a change of uid", behind: [.capabilities],
            refusedWith: [EPERM]
        ) { _ in
            try need("PR_SET_KEEPCAPS", raw_prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
        },
        Attempt(.power, .incompleteDrop, "bounding set is not empty", behind: [.capabilities], refusedWith: []) { _ in
            try needs((0..<41).contains { raw_prctl(PR_CAPBSET_READ, $0, 0, 0, 0) == 1 }, "every bit is clear")
        },
        Attempt(.power, .setUserID, "exec as uid 0", behind: [.capabilities], refusedWith: []) {
            try gainPower(by: $0.program)
        },
        Attempt(.power, .setUserID, "exec of a set-uid copy of its own", behind: [.capabilities], refusedWith: []) {
            at in
            let copy = at.home + "/set-uid-copy"
            try copyProgram(at.program, to: copy, mode: 0o6755)
            defer { unlink(copy) }
            try gainPower(by: copy)
        },
        Attempt(
            .power, .setUserID, "file capabilities for a copy of its own", behind: [.userNamespace],
            refusedWith: [EPERM, EOPNOTSUPP]
        ) { at in
            let copy = at.home + "/capable-copy"
            try copyProgram(at.program, to: copy, mode: 0o755)
            defer { unlink(copy) }
            // struct vfs_cap_data, version 2, effective, every capability.
            let value: [UInt32] = [0x0200_0001, .max, 0, 0x1ff, 0]
            try need("setxattr", setxattr(copy, "security.capability", value, 20, 0))
            try gainPower(by: copy)
        },
        Attempt(.power, .incompleteDrop, "become another user", behind: [.userNamespace], refusedWith: [EINVAL, EPERM])
        { _ in
            try need("setresuid", setresuid(12345, 12345, 12345))
        },
        Attempt(
            .power, .incompleteDrop, "become another group", behind: [.userNamespace], refusedWith: [EINVAL, EPERM]
        ) { _ in
            try need("setresgid", setresgid(12345, 12345, 12345))
        },
        Attempt(
            .power, .negativeGroups, "drop the supplementary groups", behind: [.userNamespace], refusedWith: [EPERM]
        ) { _ in
            try need("setgroups", setgroups(0, nil))
        },
        Attempt(.power, .incompleteDrop, "do without no_new_privs", behind: [.noNewPrivileges], refusedWith: []) { _ in
            try needs(raw_prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1, "it is set, for good")
        },
        Attempt(.power, .incompleteDrop, "do without a seccomp filter", behind: [.seccomp], refusedWith: []) { _ in
            try needs(raw_prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 2, "it is there, for good")
        },
        Attempt(
            .power, .incompleteDrop, "core_pattern of the kernel", behind: [.userNamespace],
            refusedWith: [EACCES, EROFS, EPERM]
        ) { _ in
            close(try open("/proc/sys/kernel/core_pattern", O_WRONLY))
        },
    ]
    for (name, program) in [("set-uid", situation.setUserIDProgram), ("capable", situation.capabilityProgram)]
    where !program.isEmpty {
        attempts.append(
            Attempt(.power, .setUserID, "exec of a \(name) program", behind: [.capabilities], refusedWith: []) { _ in
                try gainPower(by: program)
            })
    }
    return attempts
}

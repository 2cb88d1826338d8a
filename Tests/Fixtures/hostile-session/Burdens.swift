import CRawCalls
import Glibc

/// What is too long, too large or too much for a file server.
func burdenAttempts(in situation: Situation) -> [Attempt] { situation.home.isEmpty ? [] : tooLong + [tooMany] }

private let tooLong = [
    attempt("a name of 256 bytes", [ENAMETOOLONG]) { home in
        try need("open", raw_openat(AT_FDCWD, home + "/" + letters(256), O_WRONLY | O_CREAT, 0o644))
    },
    attempt("a path of 5,000 bytes", [ENAMETOOLONG]) { home in
        try need("stat", access(home + String(repeating: "/.", count: 2500), F_OK))
    },
    attempt("a link to 5,000 bytes", [ENAMETOOLONG]) { home in
        try need("symlink", symlink(letters(5000), home + "/long-link"))
    },
    attempt("an attribute's name of 256 bytes", [ERANGE]) { home in
        try need("setxattr", setxattr(home, "user." + letters(251), "x", 1, 0))
    },
    attempt("an attribute of 65,537 bytes", [E2BIG]) { home in
        try need("setxattr", setxattr(home, "user.large", letters(65537), 65537, 0))
    },
    attempt("a directory moved into itself", [EINVAL]) { home in
        let directory = home + "/moved-into-itself"
        mkdir(directory, 0o755)
        defer { rmdir(directory) }
        try need("rename", rename(directory, directory + "/inner"))
    },
]

private func attempt(
    _ name: String, _ expected: [Int32], _ body: @escaping @Sendable (_ home: String) throws -> Void
) -> Attempt {
    Attempt(.service, .hostileNames, name, behind: [.kernel], refusedWith: expected) { try body($0.home) }
}

private func letters(_ count: Int) -> String { String(repeating: "a", count: count) }

/// The attacker wins if the mount then has no descriptor left for others.
private let tooMany = Attempt(
    .service, .exhaustion, "more directories than the server may hold", behind: [.boundedCache], refusedWith: []
) { at in
    var limit = rlimit()
    try need("getrlimit", getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit))
    let root = at.home + "/many"
    try need("mkdir", mkdir(root, 0o755))
    let count = Int(min(limit.rlim_cur, 2000)) + 100
    for number in 0..<count { mkdir("\(root)/\(number)", 0o755) }
    defer {
        for number in 0..<count { rmdir("\(root)/\(number)") }
        rmdir(root)
    }
    var status = stat()
    for number in 0..<count where stat("\(root)/\(number)/none", &status) == -1 && errno != ENOENT { return }
    let file = raw_openat(AT_FDCWD, root + "/0/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    unlink(root + "/0/file")
    try needs(file == -1, "the mount answers")
}

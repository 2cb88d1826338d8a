import Foundation
import Glibc

/// What a hostile session is let loose upon: a canary and a landing place beside the home's source, a shared tree that
/// belongs to its account, and programs with power.
struct HostilePlace {
    static let program = Machine.program("hostile-session")

    let tree: Tree
    /// The words that tell the program what is where.
    private(set) var arguments: [String]

    init(_ tree: Tree) throws {
        self.tree = tree
        let outside = tree.root + "/outside"
        try make(outside + "/canary", "secret")
        try make(outside + "/closed", "secret", mode: 0)
        try make(outside + "/readable", "readable", mode: 0o666)
        try makeDirectory(outside + "/landing", mode: 0o777)
        try Command(Self.program, "prepare", tree.shared).mustRun()
        let account = TestAccount.first
        try Command("chown", "-R", "-h", "\(account.user):\(account.group)", tree.shared).mustRun()
        arguments = [
            "--home", tree.homeTarget, "--home-source", tree.home, "--shared", tree.sharedTarget, "--shared-source",
            tree.shared,
        ]
        if Machine.isRoot { try plant() }
    }

    /// The attack. `covered`: the sources cannot be seen by their own paths; `inSight`: there is no pid namespace.
    func command(covered: Bool = true, inSight: Bool = false) -> [String] {
        [Self.program] + (covered ? ["--sources-covered"] : []) + (inSight ? ["--processes-in-sight"] : []) + arguments
    }

    /// Programs that root made.
    var programs: [String] {
        ["--set-uid-program", tree.root + "/set-uid", "--capability-program", tree.root + "/capable"]
    }

    private mutating func plant() throws {
        for place in [tree.home, tree.shared] {
            mknod(place + "/planted-device", S_IFCHR | 0o666, 0x105)
            chmod(place + "/planted-device", 0o666)
        }
        for name in ["set-uid", "capable"] {
            try FileManager.default.copyItem(atPath: Self.program, toPath: "\(tree.root)/\(name)")
        }
        chmod(tree.root + "/set-uid", 0o6755)
        try Command("setcap", "cap_chown,cap_dac_override=ep", tree.root + "/capable").mustRun()
        arguments += programs
    }

    /// What lies outside is as it was.
    var isUntouched: Bool {
        (try? FileManager.default.contentsOfDirectory(atPath: tree.root + "/outside/landing")) == []
            && contents(of: tree.root + "/outside/readable") == "readable"
    }
}

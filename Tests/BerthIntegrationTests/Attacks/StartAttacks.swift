import Foundation
import Glibc

extension StartAttack {
    static let all = links + races + files + words + beginnings

    private static let links = [
        StartAttack(
            kind: "planted link", name: "as a source", onPower: true, planted: "ln -s /etc link; mkdir link-less"
        ) { scene in
            let (home, target) = (scene.tree.home, scene.tree.homeTarget)
            _ = try scene.starts(["--home", "\(home)/link-less:\(target)"])
            return try scene.refusal(["--home", "\(home)/link:\(target)"], because: "link")
        },
        StartAttack(
            kind: "planted link", name: "above a target", onPower: true,
            planted: "mkdir -p real/inner; ln -s real link"
        ) { scene in
            let (home, shared) = (scene.tree.home, scene.tree.shared)
            _ = try scene.starts(["--shared", "\(shared):\(home)/real/inner"])
            return try scene.refusal(["--shared", "\(shared):\(home)/link/inner"], because: "link")
        },
        StartAttack(
            kind: "wrong unmount", name: "through a link", onPower: true, planted: "ln -s / link; mkdir plain"
        ) { scene in
            let berth = [Machine.program("berth"), "umount"]
            let outcome = try scene.place.execute(scene.tree, berth + [scene.tree.home + "/link"])
            return try scene.refusal(of: outcome, because: "is not a mount")
        },
        StartAttack(kind: "hard link", name: "to somebody else's file, for its owner", onPower: true) { scene in
            let secret = scene.tree.root + "/secret"
            try make(secret, "secret", mode: 0o666)
            try Command(asAccount(.first) + ["ln", secret, scene.tree.home + "/linked"]).mustRun()
            let options = scene.tree.homeOption + ["--ownership", "always"]
            let refusal = try scene.refusal(options, because: "link")
            if try status(secret).st_uid == TestAccount.first.user { throw Open("the owner was changed") }
            unlink(secret)
            _ = try scene.starts(options)
            return refusal
        },
    ]

    private static let races = [
        StartAttack(kind: "race in the walk", name: "a directory becomes a link to another tree", onPower: true) {
            scene in
            let tree = scene.tree
            let secret = tree.root + "/secret"
            try makeDirectory(secret)
            try make(secret + "/canary")
            try Command(Machine.program("session-probe"), "make-files", tree.home, "10", "50").mustRun()
            symlink(secret, tree.home + "/link")
            let racer = try Command(
                asAccount(.first) + [
                    Machine.program("session-probe"), "exchange", tree.home + "/directory-7", tree.home + "/link",
                ]
            ).start()
            defer { racer.send(SIGKILL) }
            try waitUntil("the exchange goes on") { racer.output.contains("exchanging") }
            for _ in 0..<3 { _ = try scene.place.run(tree, tree.homeOption + ["--ownership", "always"], ["true"]) }
            if try status(secret + "/canary").st_uid != geteuid() { throw Open("the canary was changed") }
            return "nothing outside the tree was changed"
        }
    ]

    private static let files = [
        StartAttack(
            kind: "special files", name: "a FIFO as the file of credentials",
            planted: "mkfifo -m 600 fifo; umask 77; echo A=b > file"
        ) { scene in
            let home = scene.tree.home
            _ = try scene.starts(["--env-file", home + "/file"])
            return try scene.refusal(["--env-file", home + "/fifo"], because: "fifo")
        },
        StartAttack(
            kind: "passed descriptor", name: "a directory, to be preserved", planted: "echo > file"
        ) { scene in
            let berth = [Machine.program("berth"), "run"] + scene.place.options + ["--preserve-fd", "5", "--", "true"]
            func passing(_ path: String) throws -> Outcome {
                try scene.place.execute(scene.tree, ["sh", "-c", "exec 5< \"$0\"; exec \"$@\"", path] + berth)
            }
            let file = try passing(scene.tree.home + "/file")
            if file.status != 0 { throw Open(file) }
            _ = try scene.refusal(of: try passing("/dev/fuse"), because: "descriptor 5")
            return try scene.refusal(of: try passing("/"), because: "descriptor 5")
        },
    ]

    private static let words = [
        StartAttack(kind: "odd ids", name: "-1, +0, 0x0, 4294967295 and others") { scene in
            _ = try scene.starts(["--uid", "1000"])
            var last = ""
            for id in ["-1", "4294967295", "4294967296", "+0", "0x0", " 0", "1e3", "00x"] {
                last = try scene.refusal(["--uid=\(id)"], because: "not an id")
            }
            return last
        },
        StartAttack(
            kind: "option injection", name: "by the name of a source", planted: "mkdir 'x,allow_other,suid,dev'"
        ) { scene in
            let target = scene.tree.sharedTarget
            let source = scene.tree.home + "/x,allow_other,suid,dev"
            let outcome = try scene.starts(["--shared", "\(source):\(target)"], ["cat", "/proc/self/mountinfo"])
            let mount = outcome.lines.first { $0.split(separator: " ")[4] == target }?.split(separator: " ") ?? []
            let options = (mount.dropFirst(5).first ?? "") + "," + (mount.last ?? "")
            let words = Set(options.split(separator: ","))
            guard words.isSuperset(of: ["ro", "nosuid", "nodev"]), !words.contains("allow_other") else {
                throw Open("\(mount)")
            }
            return "the mount has the options \(options)"
        },
        StartAttack(
            kind: "path prefix", name: "scratch and scratch2", planted: "mkdir scratch scratch2 scratch/inner"
        ) { scene in
            let tree = scene.tree
            let shared = ["--shared", "\(tree.home)/scratch:\(tree.sharedTarget)"]
            _ = try scene.starts(
                shared + ["--home", "\(tree.home)/scratch2:\(tree.homeTarget)"], ["touch", tree.homeTarget + "/file"])
            let inner = "\(tree.home)/scratch2/../scratch/inner:\(tree.homeTarget)"
            return try scene.refusal(shared + ["--home", inner], because: "lies in source")
        },
    ]

    private static let beginnings = [
        StartAttack(kind: "environment", name: "descriptors 0 to 2 closed") { scene in
            let script = "for f in 0 1 2; do readlink /proc/self/fd/$f; done > $HOME/descriptors"
            let berth = [Machine.program("berth"), "run"] + scene.place.options + scene.tree.homeOption
            let outcome = try scene.place.execute(
                scene.tree, ["sh", "-c", "exec \"$@\" 0<&- 1>&- 2>&-", "sh"] + berth + ["--", "sh", "-c", script])
            let found = contents(of: scene.tree.home + "/descriptors").split(separator: "\n")
            // The shell has put its file on 1.
            guard outcome.status == 0, found.count == 3, found[0].hasSuffix("/null"), found[2].hasSuffix("/null") else {
                throw Open("\(outcome) \(found)")
            }
            return "they are /dev/null"
        },
        StartAttack(kind: "environment", name: "HOME, USER and a search path of somebody else") { scene in
            let berth = [Machine.program("berth"), "run"] + scene.place.options + scene.tree.homeOption
            let lies = ["env", "HOME=/etc", "USER=root", "LD_PRELOAD=/nowhere.so"]
            let outcome = try scene.place.execute(scene.tree, lies + berth + ["--", "sh", "-c", "echo $HOME"])
            guard outcome.status == 0, outcome.lines == [scene.tree.homeTarget] else { throw Open(outcome) }
            return "HOME is \(outcome.lines[0])"
        },
        StartAttack(kind: "installed setuid", name: "a copy with root's set-uid bit") { scene in
            let copy = scene.tree.root + "/berth"
            try FileManager.default.copyItem(atPath: Machine.program("berth"), toPath: copy)
            chmod(copy, 0o4755)
            let outcome = try Command(asAccount(.second) + [copy, "run", "--", "true"]).run()
            let refusal = try scene.refusal(of: outcome, because: "setuid")
            chmod(copy, 0o755)
            let plain = try Command(asAccount(.second) + [copy, "run", "--", "true"]).run()
            if plain.status != 0 { throw Open("even this does not start: \(plain)") }
            return refusal
        },
        StartAttack(kind: "exhaustion", name: "servers that are stopped when the session ends") { scene in
            let script = "for p in $(cat /proc/$PPID/task/*/children); do [ $p = $$ ] || kill -STOP $p; done"
            let began = Date()
            let options = scene.tree.options + ["--pid-namespace", "off"]
            _ = try scene.starts(options, ["sh", "-c", "echo data > $HOME/data; " + script])
            guard Date().timeIntervalSince(began) < 120, contents(of: scene.tree.home + "/data") == "data\n" else {
                throw Open("berth waited, or lost data")
            }
            return "berth went on and ended them"
        },
    ]
}

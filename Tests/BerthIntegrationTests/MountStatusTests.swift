import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("mount.berth's exit status is mount(8)'s") struct MountStatusTests {
        private func expect(_ outcome: Outcome, _ status: Int32, _ words: String) {
            #expect(outcome.status == status && outcome.output.isEmpty, "\(outcome)")
            #expect(outcome.errors.hasPrefix("berth: ") && outcome.errors.contains(words), "\(outcome)")
        }

        @Test("1: the invocation is wrong")
        func invocation() throws {
            try withMountTable { table in
                let (source, target) = (table.source, table.target)
                expect(try table.helper(source), 1, "missing")
                expect(try table.helper(source, target, "-o", "nonsense"), 1, "no such option")
                expect(try table.helper(source, target, "-o", "remount"), 1, "cannot be changed")
                expect(try table.helper(source, target, "-t", "ext4"), 1, "-t ext4")
                expect(try table.helper(source, target, "-N", "/proc/1/ns/mnt"), 1, "-N")
            }
        }

        @Test("mount -N is refused, with the command that does it")
        func namespace() throws {
            try withMountTable { table in
                let outcome = try table.run(
                    """
                    unshare --mount sleep 60 & until [[ $(readlink /proc/$!/ns/mnt) != $(readlink /proc/$$/ns/mnt) ]]
                    do sleep 0.01; done
                    mount -N $! -t berth "$source" "$target"; status=$?; kill $!; exit $status
                    """)
                expect(outcome, 1, "hint: nsenter --mount=")
            }
        }

        @Test("32: a directory cannot be used")
        func directories() throws {
            try withMountTable { table in
                expect(try table.helper(table.source + "/none", table.target), 32, "No such file")
                expect(try table.helper(table.source, table.target + "/none"), 32, "No such file")
                expect(try table.helper(table.source + "/file", table.target), 32, "Not a directory")
            }
        }

        @Test("2: the system lacks something; 4: a process of berth's ended where it should not have")
        func injected() throws {
            try needTools("strace")
            try withMountTable { table in
                for (call, what, status, words) in [
                    ("clone,clone3", "error=EAGAIN", Int32(2), "fork"), ("openat", "error=EMFILE:when=1+", 2, "open"),
                    ("pivot_root", "signal=SIGKILL", 4, "file server"),
                ] {
                    // Held back until the program is loaded: the loader opens libraries.
                    let path = call == "openat" ? "-P '\(table.source)' -P '\(Self.lastName(table.source))'" : ""
                    let outcome = try table.run(
                        """
                        strace -qq -o /dev/null -f \(path) -e trace=\(call) -e inject=\(call):\(what) \
                        /sbin/mount.berth "$source" "$target"; status=$?; findmnt "$target"; exit $status
                        """)
                    expect(outcome, status, words)
                }
            }
        }

        private static func lastName(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }

        @Test("8: interrupted between the mount and its server's answer, nothing is left mounted")
        func interruptedWhileMounting() throws {
            try needTools("strace")
            try withMountTable { table in
                // The server sets up its root with two calls of fsconfig; the third is one for the mount.
                let outcome = try table.run(
                    """
                    strace -qq -o /dev/null -f -e trace=fsconfig -e inject=fsconfig:signal=SIGINT:when=3 \
                    /sbin/mount.berth "$source" "$target"; status=$?; findmnt "$target"; exit $status
                    """)
                expect(outcome, 8, "interrupted by signal 2")
            }
        }

        @Test("8: interrupted where the source does not answer", arguments: ["INT", "TERM", "HUP", "QUIT"])
        func interruptedWhileWaiting(_ signal: String) throws {
            try withMountTable { table in
                try makeDirectory(table.tree.root + "/stuck")
                let outcome = try table.run(
                    """
                    mkdir "$source/inner"
                    mount -t berth -o cache=none,subtype=stuck "$source" "$root/stuck" || exit 90
                    server=$(pgrep -n -f "^/sbin/mount.berth $source") && kill -STOP "$server" || exit 91
                    set -m  # or else bash starts what is in the background with SIGINT ignored
                    /sbin/mount.berth "$root/stuck/inner" "$target" & helper=$!
                    until grep -q request_wait /proc/$(pgrep -P $helper || echo $helper)/wchan; do sleep 0.02; done
                    kill -\(signal) $helper
                    for ((i = 0; i < 500; i++)); do kill -0 $helper 2>/dev/null || break; sleep 0.02; done
                    kill -0 $helper 2>/dev/null && late=92
                    kill -CONT "$server"; wait $helper; status=$?
                    findmnt "$target"; exit ${late:-$status}
                    """)
                expect(outcome, 8, "interrupted by signal")
            }
        }

        @Test("a child that its caller left to it is not taken for its own")
        func foreignChild() throws {
            try withMountTable { table in
                let outcome = try table.run(
                    """
                    for ((i = 0; i < 20; i++)); do
                        (sleep 0.00$i & exec /sbin/mount.berth "$source/none" "$target") || echo $?
                    done
                    """)
                #expect(outcome.lines == Array(repeating: "32", count: 20), "\(outcome)")
            }
        }

        @Test("it waits for the answer though its caller ignores its children")
        func ignoredChildren() throws {
            try needTools("python3")
            try withMountTable { table in
                let outcome = try table.run(
                    """
                    timeout 20 python3 -c 'import os, signal, sys
                    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
                    os.execv("/sbin/mount.berth", ["mount.berth"] + sys.argv[1:])' "$source" "$target" -v
                    """)
                #expect(outcome.status == 0 && outcome.output.hasPrefix("berth: mounted"), "\(outcome)")
            }
        }
    }

    @Suite("Users and mount(8)") struct UserMountTests {
        @Test("with user in fstab an account mounts as itself and unmounts, others cannot")
        func user() throws {
            try withMountTable { table in
                try table.write("\(table.fields) berth user,noauto,ro,_netdev 0 0")
                let outcome = try table.run(
                    """
                    as_account mount "$target" && as_account cat "$target/file" && echo
                    findmnt -n -o FSTYPE,OPTIONS "$target"
                    \(asAccount(.second).joined(separator: " ")) umount "$target" 2>/dev/null && echo 'by another'
                    as_account umount "$target"; findmnt "$target"
                    """)
                let user = TestAccount.first.user
                #expect(outcome.lines.count == 2 && outcome.lines.first == "seen", "\(outcome)")
                for word in ["fuse.berth", "ro,", "nosuid", "nodev", "noexec", "user_id=\(user)"] {
                    #expect(outcome.output.contains(word), "\(word): \(outcome)")
                }
            }
        }

        @Test("what only root may have is refused to an account, with user in fstab and without")
        func noMore() throws {
            try withMountTable { table in
                for (options, status) in [("user,dev", Int32(1)), ("user,suid", 1), ("user,allow_other", 32)] {
                    try table.write("\(table.fields) berth noauto,\(options) 0 0")
                    if status == 32 { try give(table.target, to: 0, 0) }
                    let outcome = try table.run(
                        "as_account mount \"$target\"; status=$?; findmnt \"$target\"; exit $status")
                    #expect(outcome.status == status && outcome.output.isEmpty, "\(options): \(outcome)")
                    #expect(outcome.errors.contains("berth: "), "\(options): \(outcome)")
                }
                try give(table.target)
                for options in ["dev,suid", "defaults"] {
                    try table.write("\(table.fields) berth noauto,\(options) 0 0")
                    let outcome = try table.run(
                        "as_account mount \"$target\" && as_account cat \"$target/file\" && findmnt -n -o OPTIONS \"$target\""
                    )
                    // mount(8) may refuse such a line, or pass it on as from anybody, and may leave out its own defaults.
                    let harmless = ["nosuid", "nodev", "user_id=\(TestAccount.first.user)"].allSatisfy(
                        outcome.output.contains)
                    #expect(outcome.output.isEmpty ? outcome.status != 0 : harmless, "\(options): \(outcome)")
                }
            }
        }

        @Test("installed setuid or setgid it does nothing, by whatever name", arguments: ["4755", "2755"])
        func setID(_ mode: String) throws {
            try withMountTable { table in
                let outcome = try table.run(
                    """
                    mkdir "$root/set" && mount -t tmpfs -o mode=0755 tmpfs "$root/set" || exit 90
                    for name in berth mount.berth mount.fuse.berth; do
                        cp "$(realpath /sbin/mount.berth)" "$root/set/$name" && chmod \(mode) "$root/set/$name" || exit 91
                    done
                    for way in 'berth mount' mount.berth mount.fuse.berth 'berth umount'; do
                        set -- "$source"; [[ $way == *umount ]] || set -- "$source" "$target"
                        as_account "$root/set/"$way "$@"; echo "$way $?"
                        findmnt "$target"
                    done
                    """)
                #expect(
                    outcome.lines == ["berth mount 125", "mount.berth 1", "mount.fuse.berth 1", "berth umount 125"],
                    "\(outcome)")
                let refusals = outcome.errors.components(separatedBy: "berth must not be installed setuid or setgid")
                #expect(refusals.count == 5, "\(outcome)")
            }
        }
    }
}

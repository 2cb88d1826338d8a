import Foundation
import Glibc
import Testing

/// Prints what findmnt(8) shows of the target.
private let show = "findmnt -n -o FSTYPE,SOURCE,OPTIONS \"$target\""

extension BerthIntegration {
    @Suite("mount(8) finds berth") struct MountHelperTests {
        @Test(
            "mount -t mounts, answers as soon as mount is back, and umount takes it away",
            arguments: [
                ("berth", "fuse.berth"), ("fuse.berth", "fuse.berth"), ("fuse.berth.data", "fuse.berth.data"),
                ("berth.data", "fuse.data"),
            ])
        func types(_ type: String, _ shown: String) throws {
            try withMountTable { table in
                let outcome = try table.run(
                    """
                    mount -v -t \(type) "$source" "$target" && cat "$target/file" && echo && \(show) && umount "$target"
                    \(show)
                    """)
                let lines = outcome.lines
                #expect(lines.count == 3 && outcome.errors.isEmpty, "\(outcome)")
                #expect(lines.first == "berth: mounted '\(table.source)' at '\(table.target)'", "\(outcome)")
                #expect(lines.dropFirst().first == "seen", "\(outcome)")
                #expect(lines.last?.hasPrefix("\(shown) \(table.source) rw,nosuid,nodev,") == true, "\(outcome)")
            }
        }

        @Test("mount.fuse3 finds it too, as mount.berth#SOURCE")
        func throughFuse() throws {
            try needTools("mount.fuse3")
            try withMountTable { table in
                let script = "mount -t fuse \"mount.berth#$source\" \"$target\" -o ro,nosuid,nodev,nofail && \(show)"
                let outcome = try table.run(script)
                #expect(outcome.output.hasPrefix("fuse.berth \(table.source) ro,nosuid,nodev,"), "\(outcome)")
            }
        }

        @Test("mount.fuse3 has it mount as an account, from fstab")
        func asAccountThroughFuse() throws {
            try needTools("mount.fuse3", "fusermount3")
            try withMountTable { table in
                let account = TestAccount.first
                try Command("chmod", "0600", table.source + "/file").mustRun()
                try give(table.source + "/file")
                try table.write("mount.berth#\(table.fields) fuse setuid=\(account.name),nosuid,nodev,_netdev 0 0")
                let outcome = try table.run("mount -a && as_account cat \"$target/file\" && echo && \(show)")
                #expect(outcome.lines.first == "seen", "\(outcome)")
                #expect(outcome.output.contains("user_id=\(account.user),"), "\(outcome)")
            }
        }

        @Test("a name that looks like berth#dir is a directory's name, and a comma in fsname is escaped")
        func names() throws {
            try withMountTable { table in
                let outcome = try table.run(
                    """
                    cd "$root" && mkdir 'berth#x' && mount -t berth 'berth#x' "$target" -o 'fsname=a\\,b' && \(show)
                    """)
                #expect(outcome.output.hasPrefix("fuse.berth a,b"), "\(outcome)")
            }
        }

        @Test("every word of fstab is taken from mount(8), and none from berth mount")
        func words() throws {
            let words = "auto,noauto,user,nouser,users,owner,group,nofail,_netdev,comment=a,x-systemd.automount,X-a"
            try withMountTable { table in
                for way in ["mount -t berth", "/sbin/mount.berth"] {
                    let taken = try table.run("\(way) \"$source\" \"$target\" -o \(words),ro && \(show)")
                    #expect(taken.output.hasPrefix("fuse.berth \(table.source) ro,nosuid,nodev"), "\(taken)")
                }
                let berth = Machine.program("berth")
                let refused = try table.run("\(berth) mount -o nofail \"$source\" \"$target\"; echo $?; \(show)")
                #expect(refused.lines == ["125"], "\(refused)")
            }
        }

        @Test("lines of fstab are mounted, once, unless they say noauto")
        func lines() throws {
            try withMountTable { table in
                try makeDirectory(table.tree.root + "/other")
                try table.write(
                    "\(table.fields) berth ro,cache=always,_netdev,nofail,x-systemd.automount 0 0",
                    "\(table.tree.home) \(table.tree.root)/other fuse.berth noauto 0 0")
                let outcome = try table.run(
                    """
                    mount -a && mount -a && findmnt -n -o FSTYPE,TARGET --list | grep -F "$root"
                    mount "$root/other" && cat "$root/other/mine"
                    """)
                #expect(outcome.lines == ["fuse.berth \(table.target)", "mine"], "\(outcome)")
            }
        }

        @Test("a table of one's own is read as well")
        func ownTable() throws {
            try withMountTable { table in
                try make(table.tree.root + "/table", "\(table.fields) berth ro,nofail 0 0\n")
                let outcome = try table.run("mount -T \"$root/table\" -a && cat \"$target/file\"")
                #expect(outcome.output == "seen", "\(outcome)")
            }
        }

        @Test("remount is refused in words, and the mount stays as it was")
        func remount() throws {
            try withMountTable { table in
                let outcome = try table.run(
                    """
                    mount -t berth "$source" "$target" && mount -o remount,ro "$target"; echo $?
                    cat "$target/file" && echo && \(show)
                    """)
                #expect(outcome.errors.hasPrefix("berth: -o remount: "), "\(outcome)")
                #expect(outcome.errors.contains("\nhint: "), "\(outcome)")
                #expect(outcome.lines.dropLast() == ["1", "seen"], "\(outcome)")
                #expect(outcome.lines.last?.hasPrefix("fuse.berth \(table.source) rw,") == true, "\(outcome)")
            }
        }

        @Test("-f looks at everything and mounts nothing, -s passes over, -n changes nothing")
        func flags() throws {
            try withMountTable { table in
                let expected: [(String, Int32, Bool)] = [
                    ("-f \"$source\" \"$target\"", 0, false), ("-f \"$root/none\" \"$target\"", 32, false),
                    ("-f -o nonsense \"$source\" \"$target\"", 1, false),
                    ("-o nonsense \"$source\" \"$target\"", 1, false),
                    ("-s -o nonsense \"$source\" \"$target\"", 0, true),
                    ("-s -o cache=nonsense \"$source\" \"$target\"", 1, false),
                    ("-n \"$source\" \"$target\"", 0, true), ("-fnsv \"$source\" \"$target\"", 0, false),
                ]
                for (words, status, mounts) in expected {
                    let outcome = try table.run(
                        "mount -t berth \(words); status=$?; findmnt -n -o FSTYPE \"$target\"; exit $status")
                    #expect(outcome.status == status, "\(words): \(outcome)")
                    #expect(outcome.output.contains("fuse.berth") == mounts, "\(words): \(outcome)")
                    #expect(outcome.errors.isEmpty == (status == 0), "\(words): \(outcome)")
                }
            }
        }

        @Test(
            "whoever reads what mount says is not kept waiting by what stays behind", arguments: ["rw", "auto_unmount"])
        func pipe(_ option: String) throws {
            try withMountTable { table in
                let outcome = try table.run(
                    """
                    exec 7>&1
                    { mount -v -t berth -o \(option) "$source" "$target" 2>&1 3>&1; } 7>&- | timeout 20 cat || exit 1
                    \(show)
                    { mount -t berth -o \(option) "$source" "$target" 9>&1 >&- 2>&-; } | timeout 20 cat || exit 2
                    umount "$target" && umount "$target"
                    """)
                #expect(outcome.status == 0 && outcome.lines.count == 2, "\(outcome)")
            }
        }

        @Test("auto_unmount takes away the mount of a server that died, not of one that was stopped for a while")
        func stoppedServer() throws {
            try withMountTable { table in
                let outcome = try table.run(
                    """
                    mount -t berth -o auto_unmount,cache=none "$source" "$target" || exit
                    server=$(pgrep -n -f "^/sbin/mount.berth $source") || exit
                    kill -STOP $server; sleep 0.3; kill -CONT $server; cat "$target/file"
                    kill -KILL $server; for ((i = 0; i < 300; i++)); do findmnt "$target" >/dev/null || exit 0; sleep 0.02; done
                    exit 1
                    """)
                #expect(outcome.status == 0 && outcome.output == "seen", "\(outcome)")
            }
        }

        @Test("root of a user namespace mounts as well")
        func userNamespace() throws {
            try withMountTable { table in
                let prefix = asAccount(.first) + ["unshare", "--user", "--map-root-user"]
                let outcome = try table.run(
                    "mount -t berth \"$source\" \"$target\" && cat \"$target/file\"", prefix: prefix)
                #expect(outcome.output == "seen", "\(outcome)")
            }
        }
    }
}

import Foundation
import Glibc
import Testing

/// What systemd does for `x-systemd.automount`: an automount at the target, and once somebody goes there, the mount, which
/// is made in the process group that the automount lets through. Everybody else waits for it.
private let automounter = """
    import ctypes, fcntl, os, struct, subprocess, sys
    target, command = sys.argv[1], sys.argv[2:]
    os.setpgid(0, 0)
    requests, pipe = os.pipe()
    options = f"fd={pipe},pgrp={os.getpgrp()},minproto=5,maxproto=5,direct"
    if ctypes.CDLL(None).mount(b"automount", target.encode(), b"autofs", 0, options.encode()) != 0: sys.exit(90)
    automount = os.open(target, os.O_RDONLY | os.O_DIRECTORY)
    os.close(pipe)
    visitor = subprocess.Popen(["cat", target + "/file"], start_new_session=True)
    token = struct.unpack("iiI", os.read(requests, 4096)[:12])[2]
    try: status = subprocess.call(command, timeout=20)
    except subprocess.TimeoutExpired: status = 91
    ready, failed = 0x9360, 0x9361
    fcntl.ioctl(automount, ready if status == 0 else failed, token)
    sys.exit(status or visitor.wait(20))
    """

extension BerthIntegration {
    @Suite("An automount") struct Automounts {
        @Test("is filled by mount -t berth when somebody goes there", arguments: ["rw", "auto_unmount"])
        func fill(_ option: String) throws {
            try needTools("python3")
            try need(contents(of: "/proc/filesystems").contains("\tautofs\n"), "this kernel has no autofs")
            try withMountTable { table in
                try make(table.tree.root + "/automounter.py", automounter)
                let outcome = try table.run(
                    """
                    timeout 40 python3 "$root/automounter.py" "$target" \
                    mount -t berth -o \(option),x-systemd.automount "$source" "$target"; status=$?
                    findmnt -n -o FSTYPE "$target" | tail -n 1; umount "$target"; exit $status
                    """)
                expect(status: 0, outcome)
                #expect(outcome.output == "seenfuse.berth\n", "\(outcome)")
            }
        }
    }
}

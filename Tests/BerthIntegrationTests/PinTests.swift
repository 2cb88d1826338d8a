import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("Files that lose and find names while they are in use") struct Pins {
        /// Links and unlinks a second name of a file, so that what keeps the file is let go again and again, while others
        /// open it, and root opens files of its own.
        private let race = """
            import os, sys, time
            here, end = sys.argv[1], time.time() + 5
            def guest(work):
                if os.fork() == 0:
                    os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))
                    while time.time() < end:
                        try: work()
                        except OSError: pass
                    os._exit(0)
            def links():
                os.link(here + '/f', here + '/g'); os.unlink(here + '/g'); os.stat(here + '/f')
            held = os.open(here + '/f', os.O_PATH)
            def opens():
                file = os.open(f'/proc/self/fd/{held}', os.O_RDONLY)
                if os.read(file, 6) == b'SECRET': print('another file was read', flush=True)
                os.close(file)
            guest(links)
            for _ in range(3): guest(opens)
            while time.time() < end:
                for n in range(20): os.close(os.open(f'{here}/v/{n}', os.O_RDONLY))
            for _ in range(4): os.wait()
            """

        @Test("nobody gets another's file where the descriptor that kept a file is closed meanwhile")
        func anotherFile() throws {
            try needRoot()
            try withTree { tree in
                let (source, target) = (tree.root + "/source", tree.root + "/target")
                for path in [source, source + "/v", target] { try makeDirectory(path) }
                #expect(chmod(source, 0o777) == 0)
                for number in 0..<20 { try make("\(source)/v/\(number)", "SECRET", mode: 0o600) }
                try make(source + "/f", "mine")
                try give(source + "/f")
                let berth = Machine.program("berth")
                try Command(berth, "mount", "-o", "allow_other,cache=none", source, target).mustRun()
                defer { umount2(target, Int32(MNT_DETACH)) }
                let outcome = try Command("python3", "-c", race, target, "\(TestAccount.first.user)").run()
                expect(status: 0, outcome)
                #expect(outcome.output == "")
            }
        }
    }
}

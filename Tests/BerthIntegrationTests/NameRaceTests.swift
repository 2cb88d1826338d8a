import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("Names that come and go while others use the file") struct NameRaces {
        /// Processes that do one thing over and over, for some seconds; what fails is printed.
        private static let head = """
            import os, sys, time, errno
            here, end = sys.argv[1], time.time() + 4
            for name in 'dir', 'a', 'b', 'a/moved', 'a/moved/below': os.mkdir(f'{here}/{name}')
            for name in 'stays', 'a/file', 'a/moved/below/file': os.close(os.open(f'{here}/{name}', os.O_CREAT, 0o644))
            def does(label, work):
                if os.fork(): return
                failures = set()
                while time.time() < end:
                    try:
                        if work() is False: failures.add(f'{label}: no')
                    except OSError as error: failures.add(f'{label}: {error.strerror}')
                for line in failures: print(line, flush=True)
                os._exit(0)
            def try_(work, path):
                try: work(path)
                except FileNotFoundError: pass

            """
        private static let tail = """

            while True:
                try: os.wait()
                except ChildProcessError: break
            """

        /// Names of a file are made, moved, replaced and removed, while it is used by the one that stays, and by O_PATH.
        private static let links =
            head + """
                held, stays = os.open(here + '/stays', os.O_PATH), here + '/stays'
                def link(name):
                    # The kernel takes its count of a FUSE file's links down by itself, and links nothing whose count has come
                    # to 0 by answers that cross, vfs_link(): so it is with every file system in user space, until it asks.
                    for _ in range(100):
                        try: return os.link(stays, name)
                        except FileNotFoundError: os.stat(stays)
                    os.link(stays, name)
                def names(number):
                    mine, other = f'{here}/dir/{number}', f'{here}/dir/{number}-other'
                    link(mine); os.stat(mine); os.unlink(mine)
                    link(mine); os.rename(mine, other)
                    os.close(os.open(mine, os.O_CREAT, 0o644)); os.rename(mine, other); os.unlink(other)
                for number in range(3): does('names', lambda: names(number))
                does('stat', lambda: os.stat(stays))
                does('open', lambda: os.close(os.open(stays, os.O_RDWR)))
                does('fstat', lambda: os.fstat(held))
                does('reopen', lambda: os.close(os.open(f'/proc/self/fd/{held}', os.O_RDWR)))
                does('chmod', lambda: os.chmod(stays, 0o644))
                does('access', lambda: os.access(stays, os.R_OK))
                does('listxattr', lambda: os.listxattr(stays))
                """ + tail

        /// A file and a directory are moved to and fro, while what is open of them is used, and their paths looked up.
        private static let moves =
            head + """
                file, directory = os.open(here + '/a/file', os.O_PATH), os.open(here + '/a/moved', os.O_PATH)
                def to_and_fro(name):
                    os.rename(f'{here}/a/{name}', f'{here}/b/{name}'); os.rename(f'{here}/b/{name}', f'{here}/a/{name}')
                def within():
                    os.fchdir(directory); os.stat('below/file'); os.close(os.open('below/file', os.O_RDONLY)); os.listdir('below')
                does('move file', lambda: to_and_fro('file'))
                does('move directory', lambda: to_and_fro('moved'))
                for path in 'a/file', 'b/file', 'a/moved/below/file', 'b/moved/below/file':
                    does('look', lambda: try_(os.stat, f'{here}/{path}'))
                does('fstat file', lambda: os.fstat(file))
                does('fstat directory', lambda: os.fstat(directory))
                does('reopen', lambda: os.close(os.open(f'/proc/self/fd/{file}', os.O_RDWR)))
                does('within', within)
                """ + tail

        enum Race: CaseIterable, Sendable {
            case links, moves
        }

        private func run(_ race: Race, in directory: String) throws {
            let script = race == .links ? Self.links : Self.moves
            let outcome = try Command("python3", "-c", script, directory).run()
            expect(status: 0, outcome)
            #expect(outcome.output == "")
        }

        @Test("what is used goes on: in a plain directory", arguments: Race.allCases)
        func plain(_ race: Race) throws {
            try withTree { tree in try run(race, in: tree.home) }
        }

        @Test(
            "what is used goes on: in a mount", arguments: Race.allCases,
            ["cache=auto", "cache=none,allow_other,default_permissions"])
        func mount(_ race: Race, _ options: String) throws {
            try needRoot()
            try withTree { tree in
                let berth = Machine.program("berth")
                try Command(berth, "mount", "-o", options, tree.home, tree.homeTarget).mustRun()
                defer { umount2(tree.homeTarget, Int32(MNT_DETACH)) }
                try run(race, in: tree.homeTarget)
            }
        }

        /// More files than there may be descriptors lose one of their two names, the one by which they were seen last.
        private static let pairs = """
            import os, sys, time
            here, count = sys.argv[1], 600
            for place in 'a', 'b': os.mkdir(f'{here}/{place}')
            for n in range(count): os.close(os.open(f'{here}/a/{n}', os.O_CREAT, 0o644)); os.link(f'{here}/a/{n}', f'{here}/b/{n}')
            # Names are kept for a second.
            time.sleep(1.2)
            for n in range(count): os.stat(f'{here}/b/{n}'); os.stat(f'{here}/a/{n}')
            for n in range(count): os.unlink(f'{here}/a/{n}')
            for n in range(count):
                with open(f'{here}/b/{n}') as file: assert os.fstat(file.fileno()).st_nlink == 1
            """

        @Test("names go from more files than there may be descriptors")
        func fewDescriptors() throws {
            try withTree { tree in
                var session = BerthRun(tree.homeOption, ["python3", "-c", Self.pairs, tree.homeTarget])
                session.wrapper = ["prlimit", "--nofile=256:256"]
                expect(status: 0, try session.run())
            }
        }
    }
}

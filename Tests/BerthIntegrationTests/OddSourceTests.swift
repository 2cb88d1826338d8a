import Foundation
import Glibc
import Testing

extension BerthIntegration {
    @Suite("Sources out of the ordinary: mounts within them, far times, no room, great depth") struct OddSources {
        /// A file system in memory with a second one mounted in it at `n`, and a mount that shows both.
        private func withNested(
            _ size: String = "1m", _ body: (_ source: String, _ target: String) throws -> Void
        ) throws {
            try needRoot()
            try withTree { tree in
                let (source, target) = (tree.root + "/source", tree.root + "/target")
                for path in [source, target] { try makeDirectory(path) }
                try Command("mount", "-t", "tmpfs", "outer", source).mustRun()
                defer { umount2(source, Int32(MNT_DETACH)) }
                try makeDirectory(source + "/n")
                try Command("mount", "-t", "tmpfs", "-o", "size=\(size)", "inner", source + "/n").mustRun()
                try Command(Machine.program("berth"), "mount", "-o", "allow_other", source, target).mustRun()
                defer { umount2(target, Int32(MNT_DETACH)) }
                try body(source, target)
            }
        }

        @Test("files of a mount within the source are no links of those of the source, nor its root the root")
        func inodes() throws {
            try withNested { source, target in
                for place in [source, source + "/n"] {
                    try make(place + "/file")
                    #expect(link(place + "/file", place + "/other") == 0)
                }
                let found = try Command("find", target, "-printf", "%i %P\n").run()
                expect(status: 0, found)
                #expect(found.errors == "")
                // One number for two names, in the source and in the mount within it.
                let numbers = Set(found.lines.map { $0.prefix { $0 != " " } })
                #expect(found.lines.count == 6 && numbers.count == 4, "\(found.lines)")
                // A listing tells the same as a look.
                let listed = try Command("ls", "-iU", target + "/n").run().output.split { " \n".contains($0) }
                let within = try status(target + "/n/file").st_ino
                #expect(listed.contains { $0 == "\(within)" })
                #expect(try status(target + "/file").st_ino == status(source + "/file").st_ino)
            }
        }

        @Test("room is told of where one asks")
        func room() throws {
            try withNested { source, target in
                for name in ["", "/n"] {
                    var (real, shown) = (statvfs(), statvfs())
                    #expect(statvfs(source + name, &real) == 0 && statvfs(target + name, &shown) == 0)
                    #expect(real.f_blocks == shown.f_blocks && real.f_files == shown.f_files)
                }
            }
        }

        @Test("a file of the last second there can be is opened like any other", arguments: [Int.max, Int.min, -1])
        func farTime(_ second: Int) throws {
            try withNested { source, target in
                try make(source + "/file", "text")
                let far = [timespec(tv_sec: second, tv_nsec: 0), timespec(tv_sec: second, tv_nsec: 999_999_999)]
                #expect(utimensat(AT_FDCWD, target + "/file", far, 0) == 0)
                for _ in 0..<2 {
                    #expect(contents(of: target + "/file") == "text")
                    #expect(try status(target + "/file").st_mtim.tv_sec == status(source + "/file").st_mtim.tv_sec)
                }
            }
        }

        @Test("what was stored to a mapping and finds no room is an error of msync")
        func mappedWithoutRoom() throws {
            try withNested("64k") { _, target in
                let size = 131_072
                let file = open(target + "/n/file", O_RDWR | O_CREAT, 0o644)
                defer { close(file) }
                #expect(ftruncate(file, size) == 0)
                let pages = try #require(mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0))
                defer { munmap(pages, size) }
                memset(pages, 65, size)
                #expect(msync(pages, size, Int32(MS_SYNC)) == -1 && errno == ENOSPC)
            }
        }

        /// Opens files until the server has no descriptor left, and closes them.
        private static let many = """
            import os, sys
            os.chdir(sys.argv[1]); os.mkdir('many'); os.chdir('many'); files = []
            try:
                for n in range(1000): files.append(os.open(f'{n}', os.O_CREAT | os.O_RDWR))
            except OSError as error: print(error.strerror)
            for file in files: os.write(file, b'text'); os.close(file)
            print(len(files) > 150, len(os.listdir('.')) - len(files))
            """

        @Test("a close fails by no want of descriptors")
        func closing() throws {
            try withTree { tree in
                var session = BerthRun(tree.homeOption, ["python3", "-c", Self.many, tree.homeTarget])
                session.wrapper = ["prlimit", "--nofile=256:256"]
                let outcome = try session.run()
                expect(status: 0, outcome)
                #expect(outcome.output == "Too many open files\nTrue 0\n")
            }
        }

        /// Works in a directory deeper than any path can say, after more directories than are kept open were used.
        private static let deep = """
            import os, sys, time
            os.chdir(sys.argv[1]); top = os.open('.', os.O_RDONLY)
            for _ in range(5000): os.mkdir('d'); os.chdir('d')
            with open('file', 'w') as file: file.write('text')
            for n in range(2500): os.mkdir(f'{n}', dir_fd=top); os.close(os.open(f'{n}/x', os.O_CREAT, dir_fd=top))
            # Names are kept for a second.
            time.sleep(1.2)
            assert os.listdir('.') == ['file'] and open('file').read() == 'text'
            os.unlink('file')
            while os.fstat(top).st_ino != os.stat('..').st_ino: os.chdir('..'); os.rmdir('d')
            """

        @Test("directories lie as deep within each other as in the source")
        func deep() throws {
            try needRoot()
            try withTree { tree in
                try makeDirectory(tree.home + "/deep")
                try Command(Machine.program("berth"), "mount", tree.home, tree.homeTarget).mustRun()
                defer { umount2(tree.homeTarget, Int32(MNT_DETACH)) }
                expect(status: 0, try Command("python3", "-c", Self.deep, tree.homeTarget + "/deep").run())
            }
        }
    }
}

import Foundation
import Glibc
import Testing

/// A piece of work as it is done in homes, as a script of the shell. What it prints must be the same on a plain
/// directory and in a session.
struct Work: Sendable, CustomTestStringConvertible {
    let name: String
    let tools: [String]
    let script: String
    var testDescription: String { name }

    init(_ name: String, tools: [String] = [], _ script: String) {
        self.name = name
        self.tools = tools
        self.script = script
    }

    /// Prints every entry below the directory, with what a copy must keep, and the sums of the files.
    private static let digest = """
        digest() (cd "$1" && find . -printf '%P %M %s %n %l\\n' | grep -v '^ ' | sort && find . -type f -print0 | sort -z |
        xargs -0 sha256sum)
        make_tree() { mkdir -p "$1/a/b" "$1/empty" && seq 50000 > "$1/a/numbers" && printf x > "$1/a/b/x" &&
        ln -s a/numbers "$1/link" && ln -s /no/where "$1/dangling" && ln "$1/a/numbers" "$1/hard" &&
        chmod 640 "$1/a/b/x" && chmod 755 "$1/a/numbers" && touch -d '2001-02-03 04:05:06.789' "$1/a/numbers" &&
        mkfifo "$1/fifo" && truncate -s 100M "$1/sparse" && setfattr -n user.kept -v value "$1/a/b/x" &&
        touch "$(printf "$1/%0255d" 1)"; }

        """

    static let all = [
        Work(
            "git: init, commit, clone, gc, status", tools: ["git"],
            """
            export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_DATE='2001-01-01T00:00:00Z' GIT_COMMITTER_DATE='2001-01-01T00:00:00Z'
            export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b HOME=$PWD
            git init -q -b main origin && cd origin
            for i in $(seq 300); do mkdir -p d$((i % 20)); seq $i > d$((i % 20))/f$i; done
            git add . && git commit -qm one && git log --format=%H && git status --short
            cd .. && git clone -q origin copy && cd copy && git fsck --full 2>&1 && git status --short
            seq 10 > d1/f1; git status --short; git commit -qam two && git gc -q && git fsck && git log --format=%H
            git clone -q --no-hardlinks file://$PWD/../origin third && git -C third log --format=%H
            """),
        Work(
            "a compiler run", tools: ["gcc", "make"],
            """
            for i in $(seq 20); do printf 'int f%d(void) { return %d; }\\n' $i $i > f$i.c; done
            { for i in $(seq 20); do echo "int f$i(void);"; done; echo 'int main(void) { int s = 0;'
            for i in $(seq 20); do echo "s += f$i();"; done; echo 'return s; }'; } > main.c
            printf 'OBJECTS = $(patsubst %%.c,%%.o,$(wildcard *.c))\\nprogram: $(OBJECTS)\\n\\tgcc -o $@ $^\\n' > Makefile
            make -s -j4 && ./program; echo $?; make -q && echo current; touch f3.c; make -q || echo stale
            gcc -shared -fPIC -o libf.so f1.c && ls libf.so
            """),
        Work(
            "sqlite with a write-ahead log, two processes", tools: ["python3"],
            """
            cat > work.py <<'P'
            import sqlite3, sys
            d = sqlite3.connect("base", timeout=60)
            d.execute("pragma journal_mode=wal")
            d.execute("create table if not exists t (who, n)")
            for n in range(300):
                with d: d.execute("insert into t values (?, ?)", (sys.argv[1], n))
            P
            python3 -c 'import sqlite3; d = sqlite3.connect("base"); print(d.execute("pragma journal_mode=wal").fetchone())
            d.execute("create table t (who, n)")'
            python3 work.py one & python3 work.py two & wait
            python3 -c 'import sqlite3; d = sqlite3.connect("base")
            print(d.execute("select who, count(*), sum(n) from t group by who order by who").fetchall())
            print(d.execute("pragma integrity_check").fetchall(), d.execute("pragma wal_checkpoint(truncate)").fetchall())'
            """),
        Work(
            "pip install into a virtual environment", tools: ["python3"],
            """
            cat > wheel.py <<'P'
            import zipfile
            with zipfile.ZipFile("made-1.0-py3-none-any.whl", "w") as w:
                w.writestr("made/__init__.py", "def main(): print('made it')\\n")
                w.writestr("made-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: made\\nVersion: 1.0\\n")
                w.writestr("made-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
                w.writestr("made-1.0.dist-info/entry_points.txt", "[console_scripts]\\nmade = made:main\\n")
                w.writestr("made-1.0.dist-info/RECORD", "made/__init__.py,,\\nmade-1.0.dist-info/METADATA,,\\nmade-1.0.dist-info/WHEEL,,\\nmade-1.0.dist-info/entry_points.txt,,\\nmade-1.0.dist-info/RECORD,,\\n")
            P
            python3 wheel.py && /usr/bin/python3 -m venv venv &&
            venv/bin/pip install --quiet --no-index --no-cache-dir --disable-pip-version-check ./made-1.0-py3-none-any.whl &&
            venv/bin/made && venv/bin/pip --disable-pip-version-check list --format=freeze | grep made &&
            venv/bin/pip uninstall -q -y made && ls venv/bin/made 2>&1 | grep -c 'No such'
            """),
        Work(
            "rsync there and back", tools: ["rsync", "setfattr"],
            digest + """
                make_tree one && rsync -aHAX one/ two/ && rsync -aHAX --delete two/ three/ && digest three
                rsync -aHAXn --checksum --itemize-changes one/ three/; getfattr -n user.kept three/a/b/x
                rm three/hard; echo more >> three/a/b/x; rsync -aHAX --inplace --checksum one/ three/; digest three | tail -3
                """),
        Work(
            "tar there and back", tools: ["tar", "setfattr"],
            digest + """
                make_tree one && tar --xattrs -cf one.tar one && mkdir two && tar --xattrs -xpf one.tar -C two && digest two
                tar -df one.tar -C two; tar --sparse -cf sparse.tar one && tar -tf sparse.tar | wc -l; rm -rf two; ls two 2>&1 | wc -l
                """),
        Work(
            "cp -a, mv, diff, find", tools: ["cp", "setfattr"],
            digest + """
                make_tree one && cp -a one two && rm one/fifo two/fifo && diff -r --no-dereference one two && digest two
                mv two three && digest three | wc -l; mv three/a/numbers . && mv numbers three/a/numbers && digest three | wc -l
                find three -newer one/a/numbers | wc -l; find one -links +1 | sort
                """),
        Work(
            "mmap both ways", tools: ["python3"],
            """
            cat > map.py <<'P'
            import mmap, os
            f = os.open("mapped", os.O_RDWR | os.O_CREAT); os.ftruncate(f, 1 << 20)
            m = mmap.mmap(f, 1 << 20); m[5:10] = b"hello"; print(os.pread(f, 5, 5))
            os.pwrite(f, b"world", 100); print(m[100:105])
            if os.fork() == 0:
                g = os.open("mapped", os.O_RDWR); n = mmap.mmap(g, 1 << 20); n[200:205] = b"child"; os._exit(0)
            os.wait(); print(m[200:205], os.pread(f, 5, 200))
            P
            python3 map.py; tail -c +6 mapped | head -c 5
            """),
        Work(
            "files of over 4 GiB, sparse", tools: ["python3"],
            """
            cat > large.py <<'P'
            import os
            f = os.open("large", os.O_RDWR | os.O_CREAT); os.pwrite(f, b"start", 0); os.pwrite(f, b"end", 6 << 30)
            os.pwrite(f, b"middle", 3 << 30); os.fsync(f)
            print(os.fstat(f).st_size, os.pread(f, 3, 6 << 30), os.pread(f, 6, 3 << 30), os.pread(f, 4, 1 << 30))
            at, segments = 0, []
            while True:
                try: at = os.lseek(f, at, os.SEEK_DATA)
                except OSError: break
                segments.append(at >> 20); at = os.lseek(f, at, os.SEEK_HOLE)
            print(segments, os.fstat(f).st_blocks < 1000)
            os.truncate("large", 5 << 30); print(os.stat("large").st_size)
            P
            python3 large.py; stat -c %s large
            """),
        Work(
            "editors that rename over", tools: ["sed", "perl"],
            """
            seq 100 > text; for i in $(seq 50); do sed -i "s/^$i\\$/line $i/" text; done; cksum text
            perl -pi.bak -e 's/line/LINE/' text; cksum text text.bak; ls
            """),
        Work(
            "locks between two processes", tools: ["flock"],
            """
            echo 0 > count
            add() { for i in $(seq 100); do flock lock sh -c 'n=$(cat count); echo $((n + 1)) > count'; done; }
            add & add & add & wait; cat count; flock lock sh -c 'flock -n lock true || echo taken'
            """),
        Work(
            "links of both kinds",
            """
            echo text > file; ln file second; ln -s file soft; ln -s /etc/passwd absolute; ln -s ../../../../etc/passwd up
            stat -c '%n %h %F' file second soft absolute; readlink soft absolute up; head -c 4 absolute; echo; cat soft
            rm file; cat second; cat soft 2>&1 | wc -l; mkdir d; ln -s ../second d/back; cat d/back; cp -L d/back copied; cat copied
            """),
    ]
}

extension BerthIntegration {
    @Suite("The file server: what homes are used for") struct FileServer {
        @Test("work in the home gives what it gives on a plain directory", arguments: Work.all)
        func work(_ work: Work) throws {
            for tool in work.tools { try needTools(tool) }
            try withTree { tree in
                let script = "cd \"$HOME\"; umask 022; exec 2>&1\n" + work.script
                try makeDirectory(tree.root + "/plain")
                try give(tree.root + "/plain")
                var plain = Command(asAccount(.first) + ["sh", "-c", script])
                plain.environment = ["HOME": tree.root + "/plain", "USER": TestAccount.first.name]
                plain.deadline = 300.0
                let expected = try plain.run()
                #expect(expected.status == 0 && !expected.output.isEmpty, "on a plain directory: \(expected)")
                try Command("rm", "-f", tree.home + "/mine").mustRun()
                var run = BerthRun(tree.homeOption, script: script)
                run.deadline = 300.0
                let outcome = try run.run()
                #expect(outcome.status == expected.status)
                let words = { (text: String) in
                    text.replacingOccurrences(of: tree.homeTarget, with: "").replacingOccurrences(
                        of: tree.root + "/plain", with: "")
                }
                #expect(words(outcome.output) == words(expected.output))
            }
        }

        @Test("copies out of and into a session by rsync and tar", .timeLimit(.minutes(10)))
        func acrossTheBorder() throws {
            try needTools("rsync", "tar")
            try withTree { tree in
                let script = """
                    cp -r /usr/include/linux $HOME/tree && rsync -aHAX $HOME/tree/ $HOME/again/ &&
                    tar -cf $HOME/tree.tar -C $HOME tree && mkdir $HOME/third
                    """
                try expect(status: 0, BerthRun(tree.homeOption, script: script).run())
                try Command("tar", "-xf", tree.home + "/tree.tar", "-C", tree.home + "/third").mustRun()
                for other in ["tree", "again", "third/tree"].map({ "\(tree.home)/\($0)" }) {
                    try expect(status: 0, Command("diff", "-r", "/usr/include/linux", other).run())
                }
            }
        }

        @Test("a directory of 100,000 entries is read without loss while it changes", .timeLimit(.minutes(10)))
        func largeDirectory() throws {
            try withTree { tree in
                try makeDirectory(tree.home + "/large")
                try give(tree.home + "/large")
                var run = BerthRun(
                    tree.homeOption,
                    [Machine.program("session-probe"), "churn", tree.homeTarget + "/large", "100000", "5"])
                run.deadline = 300.0
                let outcome = try run.run()
                #expect(outcome.status == 0, "\(outcome)")
                #expect(outcome.lines == (0..<5).map { "round \($0): 100000 of 100000 names, 0 twice" }, "\(outcome)")
            }
        }

        @Test("find over 300,000 files with 256 descriptors, the server below 64 MiB", .timeLimit(.minutes(10)))
        func manyFiles() throws {
            try withTree(sourcesIn: Machine.quickDirectory) { tree in
                let probe = Machine.program("session-probe")
                var making = Command(asAccount(.first) + [probe, "make-files", tree.home, "300", "1000"])
                making.deadline = 200
                try making.mustRun()
                var (run, report) = try BerthRun(
                    tree.homeOption,
                    script: """
                        cd $HOME; find . | wc -l; find . -size +1 -o -newer mine | wc -l; cat directory-7/file-99*; touch done
                        until [ -e go ]; do sleep 0.02; done
                        """
                ).reporting(in: tree)
                run.wrapper = [probe, "limit-files", "256"] + run.wrapper
                let running = try run.start()
                try waitUntil("find has ended", by: running, within: 200) { exists(tree.home + "/done") }
                let server = try #require(try report.servers().first)
                let status = contents(of: "/proc/\(server)/status")
                let most = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
                let kilobytes = Int(most.split(separator: " ").dropFirst().first ?? "") ?? .max
                #expect(kilobytes < 65_536, "\(most)")
                try make(tree.home + "/go")
                let outcome = try running.wait(300)
                #expect(outcome.status == 0 && outcome.errors == "", "\(outcome)")
                #expect(outcome.lines.first == "300302", "\(outcome)")
            }
        }

        @Test("what changes outside is seen in the session soon", .timeLimit(.minutes(10)))
        func changesOutside() throws {
            try withTree { tree in
                let script = """
                    cat $HOME/mine; ls $HOME; touch $HOME/ready
                    until [ "$(cat $HOME/mine)" = changed ]; do sleep 0.05; done
                    until [ -e $HOME/new ]; do sleep 0.05; done; cat $HOME/new
                    """
                let running = try BerthRun(tree.homeOption, script: script).start()
                try waitUntil("the session runs", by: running) { exists(tree.home + "/ready") }
                try make(tree.home + "/mine", "changed")
                try make(tree.home + "/new", "new")
                let outcome = try running.wait(20)
                #expect(outcome.output == "minemine\nnew", "\(outcome)")
            }
        }

        @Test("planted devices, FIFOs and sockets are shown, never opened by the server", .timeLimit(.minutes(10)))
        func specialFiles() throws {
            try needRoot()
            try withTree { tree in
                mkfifo(tree.home + "/fifo", 0o666)
                mknod(tree.home + "/device", S_IFCHR | 0o666, 0x103)
                for name in ["fifo", "device"] { try give("\(tree.home)/\(name)") }
                let script = """
                    cd $HOME; stat -c '%n %F' *; cat device 2>&1; timeout 1 cat fifo; echo $?; (echo through > fifo &); cat fifo
                    """
                let outcome = try BerthRun(tree.homeOption, script: script).run()
                #expect(
                    outcome.lines == [
                        "device character special file", "fifo fifo", "mine regular file",
                        "cat: device: Permission denied", "124", "through",
                    ], "\(outcome)")
            }
        }
    }
}

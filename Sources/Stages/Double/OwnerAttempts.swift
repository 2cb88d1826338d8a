import Glibc
import Linux

#if DEBUG
    /// What an owner worker holds that a server does not: the power over owners, and arguments that stay as they are.
    struct TakenWorker {
        /// An absolute path of a file outside of the tree, which lies beside it: `../` and its last name from the tree.
        /// `leading` in the tree is a link to it, `mounted` in the tree a mount that holds another file of its name.
        var canary: String
        var arguments: FixedArguments?

        static func begin(_ arguments: FixedArguments?) -> TakenWorker? {
            guard let path = environmentBytes("BERTH_TEST_CANARY"), !path.isEmpty else { return nil }
            return TakenWorker(canary: String(decoding: path, as: UTF8.self), arguments: arguments)
        }

        private var name: String { String(canary[canary.index(after: canary.lastIndex(of: "/")!)...]) }
        private var empty: Int { arguments.map { Int($0.emptyPath) } ?? text("") }

        /// Promise (e): nothing outside of the tree gets another owner.
        func attempts(from place: TakenPlace) -> [TakenAttempt] {
            byPath(place) + byDescriptor(place) + downwards(place) + others(place) + arguing
        }

        private func byPath(_ place: TakenPlace) -> [TakenAttempt] {
            let ways = [
                ("an absolute path", here, canary), ("dot-dot", place.tree, "../" + name),
                ("many dot-dots", place.tree, "../../../../../../../.." + canary),
                ("its root in /proc", here, "/proc/self/root" + canary),
                ("process 1's root in /proc", here, "/proc/1/root" + canary),
                ("the parent's root in /proc", here, "/proc/\(place.parent)/root" + canary),
                ("the parent's directory in /proc", here, "/proc/\(place.parent)/cwd" + canary),
                ("the working directory", here, "../root" + canary),
                ("a link in the tree", place.tree, "leading"), ("a mount in the tree", place.tree, "mounted/" + name),
            ]
            let direct = ways.map { way, directory, path in
                TakenAttempt("own by \(way)", "fchownat", directory, text(path), newOwner, newOwner, 0)
            }
            let opened = ways.map { way, directory, path in
                TakenAttempt("own what was opened by \(way)", "openat", directory, text(path), Int(O_PATH))
                    .then("fchownat") { [$0, text(""), newOwner, newOwner, emptyPathFlag] }
            }
            let link = TakenAttempt(
                "own by a hard link in the tree", "linkat", here, text(canary), place.tree, text("hard"), 0
            )
            .then("fchownat") { _ in [place.tree, text("hard"), newOwner, newOwner, 0] }
            return direct + opened + [link]
        }

        /// By openat2(2), with a structure of the attacker's own.
        private func byDescriptor(_ place: TakenPlace) -> [TakenAttempt] {
            let how = memory([UInt64(O_PATH), 0, 0])
            return [("an absolute path", here, canary), ("dot-dot", place.tree, "../" + name)].map {
                way, directory, path in
                TakenAttempt("own what openat2 opens by \(way)", "openat2", directory, text(path), how, 24)
                    .then("fchownat") { [$0, empty, newOwner, newOwner, emptyPathFlag] }
            }
        }

        /// By the arguments that it is allowed to use.
        private func downwards(_ place: TakenPlace) -> [TakenAttempt] {
            guard let arguments else { return [] }
            let ways = [
                ("an absolute path", place.tree, canary), ("dot-dot", place.tree, "../" + name),
                ("dot-dot in its midst", place.tree, "./../" + name), ("a link", place.tree, "leading/."),
                ("a mount", place.tree, "mounted/" + name), ("the working directory", here, "../root" + canary),
                ("standard error", 2, "../" + name), ("standard input", 0, name),
            ]
            return ways.map { way, directory, path in
                TakenAttempt(
                    "lead the way down up by \(way)", "openat2", directory, text(path), Int(arguments.entry), 24
                )
                .then("fchownat") { [$0, empty, newOwner, newOwner, emptyPathFlag] }
            }
        }

        /// What it holds that is no part of the tree: a terminal, for one.
        private func others(_ place: TakenPlace) -> [TakenAttempt] {
            [("standard error", 2), ("standard error with more bits", 2 | 1 << 32), ("its directory", here)].map {
                name, number in
                TakenAttempt("own \(name)", "fchownat", number, empty, newOwner, newOwner, emptyPathFlag)
            } + [
                TakenAttempt("own standard error by its link", "openat", here, text("2"), Int(O_PATH))
                    .then("fchownat") { [$0, empty, newOwner, newOwner, emptyPathFlag] }
            ]
        }

        /// Something else in the place of the arguments; in a part of their page that nobody reads.
        private var arguing: [TakenAttempt] {
            guard arguments != nil else { return [] }
            let (part, size) = (Int(FixedArguments.page) + 32_768, 4096)
            let readWrite = Int(PROT_READ | PROT_WRITE)
            let fixed = Int(MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED)
            let mine = { (answer: Int) in [answer, size, size, 3, part] }
            return [
                TakenAttempt("unprotect the arguments", "mprotect", part, size, readWrite),
                TakenAttempt("unprotect from below", "mprotect", 65_536, Int(UInt32.max), readWrite),
                TakenAttempt("forget the arguments", "madvise", part, size, 4),
                TakenAttempt("move the arguments away", "mremap", part, size, size * 2, 1),
                TakenAttempt("map over the arguments", "mmap", part, size, readWrite, fixed, -1, 0),
                TakenAttempt("map over them from below", "mmap", part - 65_536, 65_536 + size, readWrite, fixed, -1, 0),
                TakenAttempt(
                    "move memory over the arguments", "mmap", 0, size, readWrite, Int(MAP_PRIVATE | MAP_ANONYMOUS), -1,
                    0
                )
                .then("mremap", mine),
                TakenAttempt("unmap the arguments", "munmap", part, size),
            ]
        }
    }

    private let here = Int(AT_FDCWD)
    private let newOwner = 54_321
    /// AT_EMPTY_PATH.
    private let emptyPathFlag = 0x1000
#endif

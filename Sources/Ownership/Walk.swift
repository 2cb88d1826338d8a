import Glibc
import Linux

/// Walks the tree below `root` and gives every entry that is not right to the goal's owner, with `threads` threads.
///
/// Directories are opened one level at a time, links never followed, mounts never crossed, and nothing is opened that is
/// not a directory. What is changed is changed by the descriptor that was looked at. The root comes last, and only when
/// nothing was refused: a walk that was interrupted, or that has to be repeated, is seen from the root alone.
///
/// Throws where the root cannot be read; what goes wrong below is counted and listed.
package func walk(
    root: FileReference, goal: OwnershipGoal, mode: WalkMode, threads: Int
) throws(SystemError) -> WalkReport {
    try DescriptorLimit.raise()
    let top = try root.open(".", [.directory])
    let attributes: FileAttributes
    do { attributes = try FileAttributes.of(top.file) } catch { throw SystemError("statx", on: "tree", error) }
    let directory = OpenDirectory(top, attributes.identity, path: "")
    let walk = Walk(directory, mountID: attributes.mountID, goal, mode)
    try runOnThreads(threads) { walk.run() }
    return walk.finish()
}

/// One walk, shared by its threads.
final class Walk: @unchecked Sendable {
    // Sendable: `report` and `links` are touched under `mutex` alone; the rest does not change.
    let goal: OwnershipGoal
    let mode: WalkMode
    let mountID: UInt64
    let root: OpenDirectory
    private let began: timespec
    private let queue = WorkQueue()
    private let mutex = Mutex()
    private var report = WalkReport()
    private var links = LinkTable()

    init(_ root: OpenDirectory, mountID: UInt64, _ goal: OwnershipGoal, _ mode: WalkMode) {
        self.root = root
        self.mountID = mountID
        self.goal = goal
        self.mode = mode
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        began = now
        queue.add(.directory(name: ".", in: root))
    }

    /// One thread's share.
    func run() {
        var mine = WalkReport()
        queue.work { piece in
            switch piece {
            case .directory(let name, let parent): enter(name, in: parent, &mine)
            case .entries(let records, let directory):
                records.withUnsafeBytes { look(at: DirectoryEntries($0), in: directory, &mine) }
            }
        }
        mutex.locked { report.add(mine) }
    }

    /// After all threads: the files with several links, and the root.
    func finish() -> WalkReport {
        for file in links.files.values { settle(file) }
        settleRoot()
        return report
    }

    private func enter(_ name: String, in parent: OpenDirectory, _ mine: inout WalkReport) {
        if name == "." && parent === root { return read(root, &mine) }
        let path = parent.path(of: name)
        do throws(Errno) {
            let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK
            let directory = Descriptor(owning: try parent.descriptor.openNumber(name, flags))
            let attributes = try FileAttributes.of(directory.file)
            if attributes.mountID != mountID {
                mine.otherMounts += 1
                return
            }
            mine.entries += 1
            if goal.isMet(by: attributes.status) {
                mine.right += 1
            } else {
                change(directory.file, attributes, path, &mine)
            }
            read(OpenDirectory(directory, attributes.identity, path: path), &mine)
        } catch { refuse(path, error, nil, &mine) }
    }

    /// Reads a directory to its end. Where others have nothing to do, they get what was read, and this thread reads on.
    private func read(_ directory: OpenDirectory, _ mine: inout WalkReport) {
        withUnsafeTemporaryAllocation(byteCount: 32768, alignment: 8) { room in
            do throws(Errno) {
                while case let entries = try directory.descriptor.readEntries(into: room), !entries.isEmpty {
                    if queue.hasIdleThreads {
                        queue.add(.entries(Array(entries.records), in: directory))
                    } else {
                        look(at: entries, in: directory, &mine)
                    }
                }
            } catch { refuse(directory.path, error, nil, &mine) }
        }
    }

    private func look(at entries: DirectoryEntries, in directory: OpenDirectory, _ mine: inout WalkReport) {
        for entry in entries where !entry.isDotOrDotDot {
            if entry.type == DirectoryEntry.directoryType {
                queue.add(.directory(name: String(cString: entry.name), in: directory))
            } else {
                look(at: entry.name, in: directory, &mine)
            }
        }
    }

    private func look(at name: CName, in directory: OpenDirectory, _ mine: inout WalkReport) {
        do throws(Errno) {
            let attributes = try FileAttributes.of(name, in: directory.descriptor.file)
            if attributes.kind == .directory {
                return queue.add(.directory(name: String(cString: name), in: directory))
            }
            if attributes.mountID != mountID {
                mine.otherMounts += 1
                return
            }
            mine.entries += 1
            if goal.isMet(by: attributes.status) {
                mine.right += 1
            } else if attributes.status.st_nlink > 1 {
                mutex.locked { links.count(attributes, String(cString: name), in: directory) }
            } else {
                try change(name, in: directory, &mine)
            }
        } catch { refuse(directory.path(of: String(cString: name)), error, nil, &mine) }
    }
}

extension Walk {
    /// Changes a file with one link, by a descriptor that is looked at again: the name may lead elsewhere by now.
    private func change(_ name: CName, in directory: OpenDirectory, _ mine: inout WalkReport) throws(Errno) {
        let path = directory.path(of: String(cString: name))
        let file = Descriptor(owning: try directory.descriptor.openNumber(name, O_PATH | O_NOFOLLOW))
        let attributes = try FileAttributes.of(file.file)
        guard attributes.mountID == mountID, attributes.kind != .directory, attributes.status.st_nlink == 1 else {
            mine.refused += 1
            return mine.list(path, "it was replaced while it was looked at")
        }
        change(file.file, attributes, path, &mine)
    }

    private func change(_ file: FileReference, _ attributes: FileAttributes, _ path: String, _ mine: inout WalkReport) {
        if mode == .check {
            mine.wrong += 1
            return mine.list(path, "belongs to \(attributes.status.st_uid):\(attributes.status.st_gid)")
        }
        do throws(Errno) {
            try file.changeOwner(user: goal.user, group: goal.group)
            mine.changed += 1
            try noteSetID(file, attributes, &mine)
        } catch { refuse(path, error, attributes, &mine) }
    }

    /// What set-id bits gave the old owner's rights must not silently give the new one's.
    private func noteSetID(_ file: FileReference, _ before: FileAttributes, _ mine: inout WalkReport) throws(Errno) {
        let bits = S_ISUID | S_ISGID
        guard before.kind == .regular, before.status.st_mode & bits != 0 else { return }
        if try FileAttributes.of(file).status.st_mode & bits == 0 {
            mine.setIDCleared += 1
        } else {
            mine.setIDKept += 1
        }
    }

    private func refuse(_ path: String, _ error: Errno, _ attributes: FileAttributes?, _ mine: inout WalkReport) {
        if error == Errno(ENOENT) {
            mine.vanished += 1
            return
        }
        mine.refused += 1
        mine.list(path, explain(error, attributes, on: root.descriptor.file))
    }

    /// A file with several links: changed once, if all of them lie within the tree and have not been moved.
    private func settle(_ file: LinkTable.File) {
        let paths = file.paths
        if mode == .check {
            report.wrong += UInt64(paths.count)
            return list(paths, "does not belong to \(goal.user):\(goal.group)")
        }
        if let reason = file.refusal(walkBegan: began) {
            report.refused += UInt64(paths.count)
            return list(paths, reason)
        }
        do throws(Errno) {
            let found = try find(paths[0])
            let attributes = try FileAttributes.of(found.file)
            guard file.isUnchanged(attributes.status), attributes.mountID == mountID else { throw Errno(ESTALE) }
            let before = report.changed
            change(found.file, attributes, paths[0], &report)
            // Each of its names was an entry.
            let others = UInt64(paths.count) - 1
            if report.changed > before { report.changed += others } else { report.refused += others }
        } catch { refuse(paths[0], error, nil, &report) }
    }

    private func list(_ paths: [String], _ reason: String) {
        for path in paths { report.list(path, reason) }
    }

    /// Goes down from the root again, one component at a time, links not followed.
    private func find(_ path: String) throws(Errno) -> Descriptor {
        var place = Descriptor(owning: try root.descriptor.openNumber(".", O_PATH | O_DIRECTORY))
        let components = path.split(separator: "/")
        for (index, name) in components.enumerated() {
            let kind = index + 1 < components.count ? O_DIRECTORY : 0
            place = Descriptor(owning: try place.openNumber(String(name), O_PATH | O_NOFOLLOW | kind))
        }
        return place
    }

    private func settleRoot() {
        report.entries += 1
        do throws(Errno) {
            let attributes = try FileAttributes.of(root.descriptor.file)
            if goal.isMet(by: attributes.status) {
                report.right += 1
            } else if report.refused == 0 {
                change(root.descriptor.file, attributes, ".", &report)
            }
        } catch { refuse(".", error, nil, &report) }
    }
}

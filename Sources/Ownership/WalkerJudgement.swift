import Glibc
import Linux

extension Walker {
    /// Counts an entry that is no directory: the owner it is to be given now, nil where that is done, or comes later.
    @inline(__always)
    mutating func judge(_ status: EntryStatus, _ name: CName, in directory: OpenDirectory) -> Owner? {
        if status.isDirectory {
            found.append(.directory(EntryName(name), in: directory))
            return nil
        }
        if status.mountID != mountID {
            report.otherMounts += 1
            return nil
        }
        count(status)
        expectsWrong = false
        switch ruling.decide(status.owner) {
        case .right: report.right += 1
        case .unselected: report.unselected += 1
        case .change(let new):
            if status.linkCount > 1 && walk.options.hardLinks == .refuse {
                walk.count(link: EntryName(name), status, in: directory)
            } else if mode == .check {
                noteWrong(status, to: new, directory.place.path(of: EntryName(name)))
            } else {
                expectsWrong = true
                return new
            }
        }
        return nil
    }

    /// Looks once more, by descriptor, at an entry that was counted by its name, which may lead elsewhere by now.
    mutating func judgeAgain(_ status: EntryStatus) throws(Errno) -> Owner? {
        guard status.mountID == mountID, !status.isDirectory,
            status.linkCount == 1 || walk.options.hardLinks == .change
        else { throw Errno(ESTALE) }
        guard case .change(let new) = ruling.decide(status.owner) else {
            report.right += 1
            return nil
        }
        return new
    }

    mutating func count(_ status: EntryStatus) {
        report.entries += 1
        if mode == .check { report.owners[status.owner, default: OwnerCount()].entries += 1 }
    }

    mutating func noteWrong(_ status: EntryStatus, to new: Owner, _ path: @autoclosure () -> [UInt8]) {
        report.wrong += 1
        report.owners[status.owner, default: OwnerCount()].wrong += 1
        list(.wrong, "belongs to \(status.owner), not to \(new)", path())
    }

    /// A directory, when all its entries have been looked at.
    mutating func settle(_ directory: OpenDirectory) {
        switch ruling.decide(directory.status.owner) {
        case .right: report.right += 1
        case .unselected: report.unselected += 1
        case .change(let new):
            if mode == .check { return noteWrong(directory.status, to: new, directory.place.path) }
            changeItself(directory, to: new)
        }
    }

    /// A directory that the walk came no further in: who knows what its entries are.
    mutating func abandon(_ directory: OpenDirectory) {
        switch ruling.decide(directory.status.owner) {
        case .right: report.right += 1
        case .unselected: report.unselected += 1
        case .change: report.left += 1
        }
    }

    private mutating func changeItself(_ directory: OpenDirectory, to new: Owner) {
        let (place, status) = (directory.place, directory.status)
        if isRecorded {
            add(PendingChange(place: place, name: nil, status: status, new: new, directory: directory))
        } else {
            change(directory.descriptor.file, status, to: new, nil, in: place)
        }
    }

    /// The root, when everything else has been done.
    mutating func settleRoot(refusedBefore: UInt64) {
        let root = walk.root
        if case .change(let new) = ruling.decide(root.status.owner), mode == .change {
            count(root.status)
            if walk.isStopped || refusedBefore + report.refused > 0 { return report.left += 1 }
            return changeItself(root, to: new)
        }
        count(root.status)
        settle(root)
    }
}

extension Walker {
    /// What is worth a line or a call of `onFinding`; the path is made only then.
    mutating func list(_ kind: Finding.Kind, _ detail: @autoclosure () -> String, _ path: @autoclosure () -> [UInt8]) {
        guard walk.options.onFinding != nil || report.hasRoom(for: kind) else { return }
        let path = path()
        let finding = Finding(path: path.isEmpty ? [46] : path, kind: kind, detail: detail())
        report.list(finding)
        walk.options.onFinding?(finding)
    }

    /// `name` is nil where the place itself is meant.
    mutating func refuse(_ error: Errno, _ status: EntryStatus?, _ name: EntryName?, in place: Place) {
        if error == Errno(ENOENT) {
            report.vanished += 1
            return
        }
        let (kind, reason) = refusal(error, status, onNetwork: walk.fileSystem.isNetwork)
        refuse(kind, reason, name.map { place.path(of: $0) } ?? place.path)
        if isHopeless(kind, error) { walk.stop(.hopeless) }
    }

    mutating func refuse(_ error: Errno, _ status: EntryStatus?, _ place: Place) {
        refuse(error, status, nil, in: place)
    }

    mutating func refuse(_ kind: RefusalKind, _ reason: String, _ path: @autoclosure () -> [UInt8]) {
        report.refused += 1
        report.countRefusal(kind)
        list(.refused(kind), reason, path())
    }

    /// Whether every other entry would be refused as well.
    private func isHopeless(_ kind: RefusalKind, _ error: Errno) -> Bool {
        switch kind {
        case .readOnlyMount, .rootSquash: true
        case .unmappedID: error == Errno(EINVAL) && ruling.givesOneOwner
        default: false
        }
    }
}

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
        if status.mountID != directory.status.mountID {
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
                noteWrong(status, to: new, EntryName(name), in: directory.place)
            } else {
                expectsWrong = true
                return new
            }
        }
        return nil
    }

    /// Looks once more, by descriptor, at an entry that was counted by its name, which may lead elsewhere by now.
    mutating func judgeAgain(_ status: EntryStatus, in directory: OpenDirectory) throws(Errno) -> Owner? {
        guard status.mountID == directory.status.mountID, !status.isDirectory,
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

    mutating func noteWrong(_ status: EntryStatus, to new: Owner, _ name: EntryName?, in place: Place) {
        report.wrong += 1
        report.owners[status.owner, default: OwnerCount()].wrong += 1
        let obstacle = status.isImmutable ? RefusalKind.immutable : status.isAppendOnly ? .appendOnly : nil
        if let obstacle { report.countRefusal(obstacle) }
        let reason = obstacle.map { "; it is \($0.name)" } ?? ""
        list(.wrong, "belongs to \(status.owner), not to \(new)\(reason)", name, in: place, obstacle: obstacle)
    }

    /// A directory, when all its entries have been looked at.
    mutating func settle(_ directory: OpenDirectory) {
        switch ruling.decide(directory.status.owner) {
        case .right: report.right += 1
        case .unselected: report.unselected += 1
        case .change(let new):
            if mode == .check { return noteWrong(directory.status, to: new, nil, in: directory.place) }
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

    /// A root, when everything else has been done.
    mutating func settleRoot(of tree: WalkedTree) {
        // Changes that wait for the record may be refused still.
        makePending()
        count(tree.root.status)
        if case .change = ruling.decide(tree.root.status.owner), mode == .change,
            walk.isStopped(at: tree.root.place) || tree.hasRefusals
        {
            report.left += 1
            return
        }
        settle(tree.root)
    }
}

extension Walker {
    /// What is worth a line or a call of `onFinding`; the path is made only then.
    mutating func list(
        _ kind: Finding.Kind, _ detail: @autoclosure () -> String, _ name: EntryName?, in place: Place,
        obstacle: RefusalKind? = nil
    ) {
        guard walk.options.onFinding != nil || report.hasRoom(for: kind) else { return }
        let path = name.map { place.path(of: $0) } ?? place.path
        let finding = Finding(
            tree: place.tree, path: path.isEmpty ? [46] : path, kind: kind, detail: detail(), obstacle: obstacle)
        report.list(finding)
        walk.options.onFinding?(finding)
    }

    /// `name` is nil where the place itself is meant.
    mutating func refuse(_ error: Errno, _ status: EntryStatus?, _ name: EntryName?, in place: Place) {
        if error == Errno(ENOENT) {
            report.vanished += 1
            return
        }
        let tree = walk.tree(of: place)
        let (kind, reason) = refusal(error, status, onNetwork: tree.fileSystem.isNetwork)
        refuse(kind, reason, name, in: place)
        if isHopeless(kind, error) {
            tree.abandon()
            hasAbandoned = true
        }
    }

    mutating func refuse(_ error: Errno, _ status: EntryStatus?, _ place: Place) {
        refuse(error, status, nil, in: place)
    }

    mutating func refuse(_ kind: RefusalKind, _ reason: String, _ name: EntryName?, in place: Place) {
        walk.tree(of: place).noteRefusal()
        report.refused += 1
        report.countRefusal(kind)
        list(.refused(kind), reason, name, in: place)
    }

    /// Whether every other entry of the tree would be refused as well.
    private func isHopeless(_ kind: RefusalKind, _ error: Errno) -> Bool {
        switch kind {
        case .readOnlyMount, .rootSquash: true
        case .unmappedID: error == Errno(EINVAL) && ruling.givesOneOwner
        default: false
        }
    }
}

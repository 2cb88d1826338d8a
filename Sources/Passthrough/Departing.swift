import Fuse
import Glibc
import Linux

/// A name that is about to go, and what the kernel still knows of its file.
///
/// A file may go on without this name: it is open, if only by O_PATH, or is being opened, it has other names, or is a
/// directory somebody may be in. A descriptor keeps it from before the name goes, since afterwards nothing leads there,
/// and until it is known whether another name is the one it is reached by.
struct Departing {
    private let node: NodeNumber?
    private let name: CName
    private let parent: UInt32
    private let isLastName: Bool

    init(
        _ name: CName, in directory: FileReference, _ parent: UInt32, _ fileSystem: PassthroughFileSystem
    ) throws(Errno) {
        self.name = name
        self.parent = parent
        var (attributes, pin, lack) = try Self.look(name, in: directory, fileSystem)
        isLastName = attributes.kind == .directory || attributes.status.st_nlink <= 1
        defer { if pin >= 0 { close(pin) } }
        node = try fileSystem.state.locked { (nodes, _) throws(Errno) in
            guard let index = nodes.find(FileKey(attributes)) else { return nil }
            // Nobody is known to use it: at worst somebody who just opens it finds it gone.
            if let lack, nodes[index].pin < 0, nodes[index].opens > 0 || attributes.kind == .directory { throw lack }
            try nodes.beginDeparture(index, keptBy: &pin)
            fileSystem.state.noteChange()
            return nodes.number(of: index)
        }
    }

    /// What the name is, by a descriptor that keeps it; -1 where there is none to be had, and why.
    private static func look(
        _ name: CName, in directory: FileReference, _ fileSystem: PassthroughFileSystem
    ) throws(Errno) -> (FileAttributes, pin: Int32, lack: Errno?) {
        let pin: Int32
        do throws(Errno) { pin = try fileSystem.openSparing(directory, name, O_PATH | O_NOFOLLOW) } catch {
            return (try FileAttributes.of(name, in: directory), -1, error)
        }
        return (try OpenedFile(pin).attributes, pin, nil)
    }

    /// The name is gone.
    func leaves(_ fileSystem: PassthroughFileSystem) { end(fileSystem, isGone: true) }

    /// The name could not be taken away after all.
    func stays(_ fileSystem: PassthroughFileSystem) { end(fileSystem, isGone: false) }

    private func end(_ fileSystem: PassthroughFileSystem, isGone: Bool) {
        guard let node else { return }
        let spare = fileSystem.state.locked { nodes, _ -> Int32 in
            // A kernel that forgot it meanwhile has let its descriptor go, too.
            guard let index = nodes.knownIndex(of: node) else { return -1 }
            if isGone {
                if isLastName { nodes.retire(index) }
                if isLastName || nodes.isPlaced(index, name, in: parent) { nodes[index].traits.insert(.nameless) }
            }
            fileSystem.state.noteChange()
            return nodes.endDeparture(index)
        }
        if spare >= 0 { close(spare) }
    }
}

/// Names that go, and the descriptors that keep their files meanwhile.
extension NodeTable {
    /// A name of a node is about to be taken away. Keeps `pin` with the node, where nothing keeps it yet: it is -1 then.
    func beginDeparture(_ index: UInt32, keptBy pin: inout Int32) throws(Errno) {
        guard self[index].departures < UInt8.max else { throw Errno(EBUSY) }
        self[index].departures += 1
        if self[index].pin < 0 { swap(&self[index].pin, &pin) }
    }

    /// It was, or was not. Answers a descriptor that is no longer needed, or -1.
    mutating func endDeparture(_ index: UInt32) -> Int32 {
        self[index].departures -= 1
        let node = self[index]
        guard node.traits.contains(.nameless) else { return takePin(index) }
        if node.pin < 0 || !node.traits.contains(.known) { return -1 }
        let oldest = sparePins.add(number(of: index))
        guard let other = knownIndex(of: oldest), self[other].traits.contains(.known) else { return -1 }
        return takePin(other)
    }

    /// The descriptor of a node that does without from now on; -1 where there is none, or one of its names is on its way out.
    func takePin(_ index: UInt32) -> Int32 {
        guard self[index].departures == 0 else { return -1 }
        defer { self[index].pin = -1 }
        return self[index].pin
    }
}

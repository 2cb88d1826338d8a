import Fuse
import Glibc
import Linux

extension PassthroughFileSystem {
    /// Runs `body` with the descriptor of a directory that the kernel knows by number.
    func withDirectory<Value>(
        _ number: NodeNumber, _ body: (FileReference, UInt32) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let held = try settled { () throws(Errno) in try holdDirectory(number) }
        defer { release(held) }
        return try body(held.file, held.index)
    }

    /// The directory's descriptor: from the cache, or opened again from the nearest directory above that has one.
    func holdDirectory(_ number: NodeNumber) throws(Errno) -> HeldDescriptor {
        let nearest = try state.locked { (nodes, cache) throws(Errno) in
            try nearestHeld(try nodes.index(of: number), nodes, &cache)
        }
        return try descend(nearest)
    }

    func holdDirectory(at index: UInt32) throws(Errno) -> HeldDescriptor {
        try descend(try state.locked { (nodes, cache) throws(Errno) in try nearestHeld(index, nodes, &cache) })
    }

    private func descend(_ nearest: (HeldDescriptor, chain: [UInt32])) throws(Errno) -> HeldDescriptor {
        var (held, chain) = nearest
        while let next = chain.popLast() {
            let above = held
            defer { release(above) }
            held = try reopen(next, in: above)
        }
        return held
    }

    /// The nearest directory at or above `index` that has a descriptor, and those below it on the way, nearest last.
    private func nearestHeld(
        _ index: UInt32, _ nodes: borrowing NodeTable, _ cache: inout DescriptorCache
    ) throws(Errno) -> (HeldDescriptor, chain: [UInt32]) {
        var chain: [UInt32] = []
        var place = index
        while true {
            let node = nodes[place]
            if place == NodeTable.root { return (HeldDescriptor(file: root, index: place), chain) }
            if let pin = try duplicatePin(of: place, nodes, &cache) {
                return (HeldDescriptor(file: FileReference(pin), temporary: true, index: place), chain)
            }
            if node.slot != 0 {
                let file = FileReference(cache.use(node.slot))
                return (HeldDescriptor(file: file, slot: node.slot, index: place), chain)
            }
            // The source was changed so that directories lie within each other.
            if chain.count > nodes.count { throw Errno(ESTALE) }
            chain.append(place)
            place = node.parent
        }
    }

    /// Opens a directory by its kept name, checks that it is still the same, and puts it into the cache.
    private func reopen(_ index: UInt32, in above: HeldDescriptor) throws(Errno) -> HeldDescriptor {
        keep(try openNamed(index, in: above.file, O_PATH | O_DIRECTORY | O_NOFOLLOW).descriptor, for: index)
    }

    /// Opens a node by its kept name in its parent's descriptor; ESTALE where another file has that name now.
    func openNamed(_ index: UInt32, in parent: FileReference, _ flags: Int32) throws(Errno) -> OpenedFile {
        try withName(of: index) { (name, key) throws(Errno) in
            let opened = try OpenedFile(try openSparing(parent, name, flags))
            if FileKey(opened.attributes) == key { return opened }
            close(opened.descriptor)
            throw Errno(ESTALE)
        }
    }

    /// A copy of a node's name, which another thread may change meanwhile, and the key its file should have.
    func withName<Value>(
        of index: UInt32, _ body: (CName, FileKey) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        try withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { (copy) throws(Errno) -> Value in
            let key = state.locked { nodes, _ in
                strcpy(copy.baseAddress!, nodes.name(of: index))
                return nodes[index].key
            }
            return try body(copy.baseAddress!, key)
        }
    }

    /// openat(2); where descriptors have run out, those that the cache can spare are given up first.
    func openSparing(
        _ directory: FileReference, _ name: CName, _ flags: Int32, mode: mode_t = 0
    ) throws(Errno) -> Int32 {
        do { return try directory.openNumber(name, flags, mode: mode) } catch {
            guard error == Errno(EMFILE) || error == Errno(ENFILE) else { throw error }
            state.locked { giveUpUnused($0, &$1) }
            return try directory.openNumber(name, flags, mode: mode)
        }
    }
}

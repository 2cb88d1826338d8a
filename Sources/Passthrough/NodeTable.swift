import Fuse
import Glibc
import Linux

/// Every file the kernel knows, by number: a flat table in plain memory. One thread at a time.
///
/// A number holds the index in its lower and the generation in its upper half. The root is 1, as fuse(4) has it.
struct NodeTable: ~Copyable {
    private let region: Region
    private var names: NameStore
    /// The first node of each chain of keys; as many chains as nodes at least, a power of two.
    private var buckets: UnsafeMutableBufferPointer<UInt32>
    /// One past the highest index that was ever used.
    private var end: UInt32 = 2
    private var firstFree: UInt32 = 0
    /// How many nodes there are, the root included.
    private(set) var count = 1
    /// How often a node was noted at another place than before.
    private(set) var moves = 0
    /// Files that a descriptor keeps though they have other names.
    var sparePins: SparePins

    static let root: UInt32 = 1

    init(root key: FileKey, sparePins: Int = 64) throws(SystemError) {
        let region = try Region(reserving: 1 << 33, atLeast: 1 << 24)
        let names = try NameStore(reserving: 1 << 33)
        self.region = region
        self.names = names
        self.sparePins = SparePins(capacity: sparePins)
        buckets = .allocate(capacity: 1024)
        buckets.initialize(repeating: 0)
        self[Self.root] = Node(key: key, lookups: 1, parent: Self.root, traits: [.inUse])
        link(Self.root)
    }

    deinit { buckets.deallocate() }

    subscript(index: UInt32) -> Node {
        get { nodes[Int(index)] }
        nonmutating set { nodes[Int(index)] = newValue }
    }

    private var nodes: UnsafeMutablePointer<Node> { region.base.assumingMemoryBound(to: Node.self) }

    /// The index behind a number of the kernel's; ESTALE for one that was forgotten, or never given.
    func index(of number: NodeNumber) throws(Errno) -> UInt32 {
        let index = UInt32(truncatingIfNeeded: number)
        guard index != 0, index < end, self[index].traits.contains(.inUse),
            self[index].generation == UInt32(truncatingIfNeeded: number >> 32)
        else { throw Errno(ESTALE) }
        return index
    }

    /// nil where that throws.
    func knownIndex(of number: NodeNumber) -> UInt32? {
        do { return try index(of: number) } catch { return nil }
    }

    func number(of index: UInt32) -> NodeNumber { NodeNumber(self[index].generation) << 32 | NodeNumber(index) }

    func name(of index: UInt32) -> CName { names.name(self[index].name) }

    /// The node of a file, if the kernel knows it.
    func find(_ key: FileKey) -> UInt32? {
        var index = buckets[key.bucket(of: buckets.count)]
        while index != 0 {
            if self[index].key == key { return index }
            index = self[index].next
        }
        return nil
    }

    /// Counts one lookup of the file that was found as `name` in `parent`; its latest name is the one that is kept, unless
    /// what was found is `overtaken`: a name was taken away or moved since, and it may have been this one.
    ///
    /// Answers a descriptor that is no longer needed, or -1: a node that had lost its name has one again.
    mutating func remember(
        _ key: FileKey, _ name: CName, in parent: UInt32, overtaken: Bool = false, release: (Node) -> Void = { _ in }
    ) throws(Errno) -> (UInt32, unpinned: Int32) {
        if let index = find(key) {
            self[index].lookups += 1
            if index == Self.root || overtaken { return (index, -1) }
            try place(index, name, in: parent, release: release)
            let unpinned = takePin(index)
            if self[index].pin < 0 { self[index].traits.remove(.nameless) }
            return (index, unpinned)
        }
        try checkUse(parent)
        let kept = try names.keep(name)
        let index = try takeIndex()
        self[index] = Node(
            key: key, lookups: 1, parent: parent, generation: self[index].generation, name: kept, traits: [.inUse])
        self[parent].children += 1
        count += 1
        if count > buckets.count { growBuckets() }
        link(index)
        return (index, -1)
    }

    /// Notes that a node is now called `name` in `parent`. Where it was the last that kept its former parent, that one
    /// is freed and handed to `release`.
    mutating func place(
        _ index: UInt32, _ name: CName, in parent: UInt32, release: (Node) -> Void = { _ in }
    ) throws(Errno) {
        try checkUse(parent)
        let node = self[index]
        if strcmp(names.name(node.name), name) != 0 {
            let kept = try names.keep(name)
            names.drop(node.name)
            self[index].name = kept
            moves += 1
        }
        if node.parent == parent { return }
        moves += 1
        self[parent].children += 1
        self[index].parent = parent
        self[node.parent].children -= 1
        forget(node.parent, lookups: 0, release: release)
    }

    /// A kernel forgets no directory that it is at work in; one that did would leave counts that do not add up.
    private func checkUse(_ parent: UInt32) throws(Errno) {
        guard self[parent].traits.contains(.inUse) else { throw Errno(ESTALE) }
    }

    /// A file in this directory was looked up: after a listing, that is what a listing with attributes would have saved.
    func noteWish(in directory: UInt32) {
        let node = self[directory]
        guard node.traits.contains(.listed), !node.traits.contains(.childrenWanted) else { return }
        self[directory].traits.formUnion([.childrenWanted, .grandchildrenWanted])
        self[node.parent].traits.formUnion(.grandchildrenWanted)
    }

    /// This directory is about to be listed; true where attributes will be asked for, as far as the past tells.
    func noteListing(of directory: UInt32) -> Bool {
        let node = self[directory]
        self[directory].traits.formUnion(.listed)
        return node.traits.contains(.childrenWanted) || self[node.parent].traits.contains(.grandchildrenWanted)
    }

    /// True where the node's kept place is this one.
    func isPlaced(_ index: UInt32, _ name: CName, in parent: UInt32) -> Bool {
        self[index].parent == parent && strcmp(names.name(self[index].name), name) == 0
    }

    /// Takes a node off the chains: its file is gone, and another may get its inode.
    mutating func retire(_ index: UInt32) {
        guard self[index].traits.contains(.known) else { return }
        let bucket = self[index].key.bucket(of: buckets.count)
        if buckets[bucket] == index {
            buckets[bucket] = self[index].next
        } else {
            var before = buckets[bucket]
            while self[before].next != index { before = self[before].next }
            self[before].next = self[index].next
        }
        self[index].traits.remove(.known)
    }

    /// Takes back lookups; frees the node when none is left and it is nobody's parent, and so on upward.
    ///
    /// Each freed node is handed to `release` with its descriptors still in it.
    mutating func forget(_ index: UInt32, lookups: UInt64, release: (Node) -> Void) {
        self[index].lookups -= min(lookups, self[index].lookups)
        var index = index
        while index != Self.root && self[index].lookups == 0 && self[index].children == 0 {
            let parent = self[index].parent
            release(self[index])
            free(index)
            self[parent].children -= 1
            index = parent
        }
    }

    private mutating func free(_ index: UInt32) {
        retire(index)
        names.drop(self[index].name)
        self[index] = Node(generation: self[index].generation &+ 1, next: firstFree)
        firstFree = index
        count -= 1
    }

    private mutating func takeIndex() throws(Errno) -> UInt32 {
        if firstFree != 0 {
            defer { firstFree = self[firstFree].next }
            return firstFree
        }
        guard (Int(end) + 1) * MemoryLayout<Node>.stride <= region.size else { throw Errno(ENOMEM) }
        defer { end += 1 }
        return end
    }

    private mutating func link(_ index: UInt32) {
        let bucket = self[index].key.bucket(of: buckets.count)
        self[index].next = buckets[bucket]
        self[index].traits.insert(.known)
        buckets[bucket] = index
    }

    private mutating func growBuckets() {
        let old = buckets
        defer { old.deallocate() }
        buckets = .allocate(capacity: old.count * 2)
        buckets.initialize(repeating: 0)
        for first in old {
            var index = first
            while index != 0 {
                let next = self[index].next
                link(index)
                index = next
            }
        }
    }
}

import Linux

/// Which file a node stands for: a later file that was given the same inode was born at another time.
struct FileKey: Hashable {
    var device: UInt64
    var inode: UInt64
    var birth: Int64

    init(_ attributes: FileAttributes) {
        device = attributes.identity.device
        inode = attributes.identity.inode
        birth = attributes.birth
    }

    init(device: UInt64, inode: UInt64, birth: Int64) {
        self.device = device
        self.inode = inode
        self.birth = birth
    }

    /// Where the key's chain begins in a table of a power of two of chains.
    func bucket(of count: Int) -> Int {
        var mixed = inode &* 0x9E37_79B9_7F4A_7C15 ^ device &* 0xC2B2_AE3D_27D4_EB4F ^ UInt64(bitPattern: birth)
        mixed ^= mixed >> 32
        return Int(truncatingIfNeeded: mixed & UInt64(count - 1))
    }
}

/// A file the kernel knows: 72 bytes of plain memory, no pointer to anything.
struct Node {
    var key = FileKey(device: 0, inode: 0, birth: 0)
    /// How often the kernel was told of it and has not yet said that it forgot.
    var lookups: UInt64 = 0
    /// What its data or its listing was when the kernel may have begun to keep it, of FileAttributes; 0: not known.
    var stamp: UInt64 = 0
    /// The directory it was last seen in, by index; 0 in a free node.
    var parent: UInt32 = 0
    /// How many nodes name this one as their parent: it stays as long as there is one.
    var children: UInt32 = 0
    /// Counts how often this place in the table was used, so that an old number does not reach a new file.
    var generation: UInt32 = 0
    /// The next node in its chain of keys, or in the list of free ones.
    var next: UInt32 = 0
    /// Its last known name, in the name store.
    var name: UInt32 = 0
    /// A descriptor that keeps it reachable when its name is gone, or about to go; -1 where there is none.
    var pin: Int32 = -1
    /// How many handles of it are open.
    var opens: UInt32 = 0
    /// Its place in the cache of descriptors, from 1; 0 where it has none.
    var slot: UInt16 = 0
    var traits: Traits = []
    /// How many requests are taking one of its names away right now.
    var departures: UInt8 = 0

    struct Traits: OptionSet {
        let rawValue: UInt8

        static let inUse = Traits(rawValue: 1)
        /// In the chains by key, where a lookup of the same file finds it.
        static let known = Traits(rawValue: 2)
        /// A directory that was listed, and
        static let listed = Traits(rawValue: 4)
        /// afterwards had its files looked up one by one: listing it with attributes pays.
        static let childrenWanted = Traits(rawValue: 8)
        /// The same went for a directory in it.
        static let grandchildrenWanted = Traits(rawValue: 16)
        /// Its kept name has been taken away: a descriptor keeps it, if anything does.
        static let nameless = Traits(rawValue: 32)
        /// Made by this server, without file capabilities, of which nobody has asked or told since.
        static let fresh = Traits(rawValue: 64)
    }
}

import Linux
import Synchronization

/// The name of an entry, as the kernel has it: any bytes, and a NUL byte at the end.
struct EntryName: Hashable, Sendable {
    let characters: [CChar]

    init(_ name: CName) {
        var length = 0
        while name[length] != 0 { length += 1 }
        characters = Array(UnsafeBufferPointer(start: name, count: length + 1))
    }

    /// nil where the bytes are no name: empty, `.`, `..`, or holding a slash or a NUL byte.
    init?(_ bytes: some Collection<UInt8>) {
        if bytes.isEmpty || bytes.elementsEqual([46]) || bytes.elementsEqual([46, 46]) { return nil }
        if bytes.contains(0) || bytes.contains(47) { return nil }
        characters = bytes.map { CChar(bitPattern: $0) } + [0]
    }

    var bytes: [UInt8] { characters.dropLast().map { UInt8(bitPattern: $0) } }
}

/// Where a directory was found: its name, and the place of its parent.
final class Place: @unchecked Sendable {
    // Sendable: `parent` changes only when nobody else has the place, `recordNumber` under the record's lock.
    private(set) var parent: Place?
    let name: EntryName
    let identity: FileIdentity
    let birth: Int64
    /// The number of the tree it lies in, in the order that the walk was given.
    let tree: Int
    /// Its number in the change record; 0 as long as it is not there.
    var recordNumber: UInt64 = 0

    init(_ name: EntryName, in parent: Place, _ file: RecordedFile) {
        self.name = name
        self.parent = parent
        identity = FileIdentity(device: file.device, inode: file.inode)
        birth = file.birth
        tree = parent.tree
    }

    convenience init(_ name: EntryName, in parent: Place, _ status: EntryStatus) {
        self.init(name, in: parent, RecordedFile(status))
    }

    init(root status: EntryStatus, ofTree number: Int) {
        name = EntryName(".")
        identity = status.identity
        birth = status.birth
        tree = number
    }

    var isRoot: Bool { parent == nil }

    /// One after the other: the chain of parents may be longer than the stack is deep.
    deinit {
        var rest = parent
        parent = nil
        while isKnownUniquelyReferenced(&rest), let last = rest {
            let up = last.parent
            last.parent = nil
            rest = up
        }
    }

    /// From the root; empty for the root itself.
    var path: [UInt8] { names.reversed().reduce(into: []) { $0 += ($0.isEmpty ? [] : [47]) + $1.bytes } }

    func path(of name: EntryName) -> [UInt8] {
        let path = path
        return path.isEmpty ? name.bytes : path + [47] + name.bytes
    }

    /// The names that lead to it from the root, the last first.
    var names: [EntryName] {
        var names: [EntryName] = []
        var place = self
        while let parent = place.parent {
            names.append(place.name)
            place = parent
        }
        return names
    }
}

/// A directory of the tree that is being walked; closed when nothing that is still to be done needs it.
final class OpenDirectory: Sendable {
    let descriptor: Descriptor
    let place: Place
    /// As it was when it was opened.
    let status: EntryStatus
    /// Threads that look at its entries, or will.
    private let readers = Atomic<Int>(1)

    init(_ descriptor: consuming Descriptor, _ place: Place, _ status: EntryStatus) {
        self.descriptor = descriptor
        self.place = place
        self.status = status
    }

    func addReader() { readers.add(1, ordering: .relaxed) }

    /// True for the last one, who has seen everything that all of them did.
    func removeReader() -> Bool { readers.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 }
}

import Glibc
import Linux

/// Recorded directories that have been found again, the last few: opened one level at a time, links not followed.
struct HeldDirectories: ~Copyable {
    private final class Held {
        let place: Place
        let descriptor: Descriptor

        init(_ place: Place, _ descriptor: consuming Descriptor) {
            self.place = place
            self.descriptor = descriptor
        }
    }

    private var held: [ObjectIdentifier: Held] = [:]
    private var order: [ObjectIdentifier] = []
    private static let most = 64

    /// ESTALE where a directory on the way is not the one that was recorded. Valid until the next call.
    mutating func open(_ wanted: Place, below root: OpenDirectory, by calls: TreeCalls) throws(Errno)
        -> FileReference
    {
        var missing: [Place] = []
        var place = wanted
        while place !== root.place, held[ObjectIdentifier(place)] == nil, let parent = place.parent {
            missing.append(place)
            place = parent
        }
        var directory = held[ObjectIdentifier(place)]?.descriptor.file ?? root.descriptor.file
        for next in missing.reversed() {
            let opened = Held(next, try calls.openEntry(next.name.characters, in: directory))
            let status = try EntryStatus.of(opened.descriptor.file)
            guard status.isDirectory, status.identity == next.identity, status.birth == next.birth,
                status.mountID == root.status.mountID
            else { throw Errno(ESTALE) }
            directory = opened.descriptor.file
            keep(opened)
        }
        return directory
    }

    private mutating func keep(_ directory: Held) {
        if order.count == Self.most { held[order.removeFirst()] = nil }
        order.append(ObjectIdentifier(directory.place))
        held[ObjectIdentifier(directory.place)] = directory
    }
}

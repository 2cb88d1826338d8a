import Fuse
import Glibc

extension PassthroughFileSystem {
    func path(of node: NodeNumber) -> NodePath? { state.locked { nodes, _ in nodes.path(of: node) } }

    var facts: [Detail] {
        [
            Detail("cache", .word(settings.cache.rawValue)), Detail("read_only", .flag(readOnly)),
            Detail("kernel_opens_files", .flag(opensNothing)),
            Detail("kernel_opens_directories", .flag(opensNoDirectory)),
            Detail("files_made_for_callers", .flag(makesForCallers)),
        ] + (features.current?.all ?? []).map { Detail($0.name, .word("\($0)")) }
    }
}

extension NodeTable {
    /// The names from the root to a node, by what they were when it was last seen; nil for a number that was forgotten.
    func path(of number: NodeNumber) -> NodePath? {
        guard var index = knownIndex(of: number) else { return nil }
        // The name it was last seen by is gone; it may have others.
        let isRemoved = !self[index].traits.contains(.known) || self[index].traits.contains(.nameless)
        var names: [[UInt8]] = []
        // As deep as any path can say: a source can be changed so that directories lie within each other.
        while index != Self.root && names.count < Int(PATH_MAX) {
            names.append(name(of: index).bytes)
            index = self[index].parent
        }
        return NodePath(Array(names.reversed().joined(separator: [UInt8(ascii: "/")])), isRemoved: isRemoved)
    }
}

extension UnsafePointer<CChar> {
    fileprivate var bytes: [UInt8] { UnsafeRawBufferPointer(start: self, count: strlen(self)).map { $0 } }
}

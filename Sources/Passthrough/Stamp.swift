import Fuse
import Glibc
import Linux

extension FileAttributes {
    /// A digest of what changes with a file's data or a directory's entries; 0 where that cannot be told yet.
    ///
    /// Two changes within one tick of a file system's clock leave the same time behind, so what has changed in the last
    /// two seconds has no stamp.
    var stamp: UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        // A time can be any number of 64 bits.
        if max(status.st_mtim.tv_sec, status.st_ctim.tv_sec) >= now.tv_sec - 2 { return 0 }
        var mixed: UInt64 = 0x9E37_79B9_7F4A_7C15
        for part in [status.st_mtim.digits, status.st_ctim.digits, UInt64(bitPattern: Int64(status.st_size))] {
            mixed = (mixed ^ part) &* 0xC2B2_AE3D_27D4_EB4F
            mixed ^= mixed >> 29
        }
        return max(mixed, 1)
    }
}

extension timespec {
    fileprivate var digits: UInt64 { UInt64(bitPattern: Int64(tv_sec &* 1_000_000_000 &+ tv_nsec)) }
}

extension PassthroughFileSystem {
    /// Counts a further open handle of a node; true where what the kernel keeps of it is what `attributes` tell.
    func countOpen(_ number: NodeNumber, _ attributes: FileAttributes, isNew: Bool = false) -> Bool {
        let stamp = settings.cache == .auto ? attributes.stamp : 0
        return state.locked { nodes, _ in
            let index = UInt32(truncatingIfNeeded: number)
            nodes[index].opens += 1
            if isNew { nodes[index].traits.insert(.fresh) }
            let isKnown = stamp != 0 && nodes[index].stamp == stamp
            nodes[index].stamp = stamp
            return isKnown || settings.cache == .always
        }
    }
}

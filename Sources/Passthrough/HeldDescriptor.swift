import Glibc
import Linux

/// A node's descriptor for as long as one request needs it.
struct HeldDescriptor {
    var file: FileReference
    /// Its slot in the cache; nil where the descriptor belongs to a node, a handle or the root, and stays.
    var slot: UInt16?
    /// Nothing else holds it: to be closed.
    var temporary = false
    var index: UInt32
}

/// Runs `body`, and closes the descriptor where that fails.
func orClose<Value>(_ descriptor: Int32, _ body: () throws(Errno) -> Value) throws(Errno) -> Value {
    do { return try body() } catch {
        close(descriptor)
        throw error
    }
}

/// A file that was just opened, and what it is. Whoever is given it closes it.
struct OpenedFile {
    var descriptor: Int32
    var attributes: FileAttributes

    var file: FileReference { FileReference(descriptor) }

    /// Closes the descriptor where its attributes cannot be had.
    init(_ descriptor: Int32) throws(Errno) {
        attributes = try orClose(descriptor) { () throws(Errno) in try FileAttributes.of(FileReference(descriptor)) }
        self.descriptor = descriptor
    }
}

extension PassthroughFileSystem {
    func release(_ held: HeldDescriptor) {
        if held.temporary { close(held.file.number) }
        if let slot = held.slot { state.locked { $1.release(slot) } }
    }

    /// Puts a descriptor that was just opened into the cache, for the next request.
    func keep(_ descriptor: Int32, for index: UInt32, reads: Bool = false) -> HeldDescriptor {
        state.locked { nodes, cache in
            // Another thread may have been quicker.
            if nodes[index].slot != 0 {
                close(descriptor)
                let file = FileReference(cache.use(nodes[index].slot))
                return HeldDescriptor(file: file, slot: nodes[index].slot, index: index)
            }
            let (slot, evicted) = cache.insert(descriptor, for: index, reads: reads)
            if evicted != 0 { nodes[evicted].slot = 0 }
            if slot == 0 { return HeldDescriptor(file: FileReference(descriptor), temporary: true, index: index) }
            nodes[index].slot = slot
            return HeldDescriptor(file: FileReference(descriptor), slot: slot, index: index)
        }
    }
}

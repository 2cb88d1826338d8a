import Glibc
import Linux

/// A bounded number of descriptors, of directories for the most part, the least recently used given up first. One thread
/// at a time.
struct DescriptorCache: ~Copyable {
    private struct Slot {
        var node: UInt32 = 0
        var descriptor: Int32 = -1
        /// How many requests use the descriptor right now: it cannot be closed before they are done.
        var users: UInt32 = 0
        var recent = false
        /// Its node is gone: to be closed by the last user.
        var orphaned = false
        /// A directory that was opened to be read, whose offset belongs to one reader at a time.
        var reads = false
        var isBeingRead = false
    }

    /// Slot 0 stays unused.
    private let slots: UnsafeMutableBufferPointer<Slot>
    private var hand = 1

    init(capacity: Int) {
        slots = .allocate(capacity: min(capacity, Int(UInt16.max) - 1) + 1)
        slots.initialize(repeating: Slot())
    }

    deinit {
        for slot in slots where slot.descriptor >= 0 { close(slot.descriptor) }
        slots.deallocate()
    }

    /// The descriptor in a slot, which stays open until `release`.
    mutating func use(_ slot: UInt16) -> Int32 {
        slots[Int(slot)].users += 1
        slots[Int(slot)].recent = true
        return slots[Int(slot)].descriptor
    }

    mutating func release(_ slot: UInt16) {
        slots[Int(slot)].users -= 1
        if slots[Int(slot)].orphaned && slots[Int(slot)].users == 0 { clear(Int(slot)) }
    }

    /// Makes the caller the one who reads a directory, until `endReading`; false where it was not opened for that, or
    /// somebody is at it.
    mutating func beginReading(_ slot: UInt16) -> Bool {
        guard slots[Int(slot)].reads, !slots[Int(slot)].isBeingRead else { return false }
        slots[Int(slot)].isBeingRead = true
        return true
    }

    mutating func endReading(_ slot: UInt16) { slots[Int(slot)].isBeingRead = false }

    /// Keeps a descriptor for a node, in use by the caller; 0 where every slot is in use. `evicted` is the node that
    /// lost its slot, or 0. `reads`: of a directory, for `beginReading`.
    mutating func insert(
        _ descriptor: Int32, for node: UInt32, reads: Bool = false
    ) -> (slot: UInt16, evicted: UInt32) {
        guard let index = vacantSlot() else { return (0, 0) }
        let evicted = slots[index].node
        clear(index)
        slots[index] = Slot(node: node, descriptor: descriptor, users: 1, recent: true, reads: reads)
        return (UInt16(index), evicted)
    }

    /// Closes the descriptor of a node that is gone, now or when its last user is done.
    mutating func drop(_ slot: UInt16) {
        slots[Int(slot)].node = 0
        if slots[Int(slot)].users == 0 { clear(Int(slot)) } else { slots[Int(slot)].orphaned = true }
    }

    /// Closes what a freed node had open.
    mutating func giveUp(_ node: Node) {
        if node.pin >= 0 { close(node.pin) }
        if node.slot != 0 { drop(node.slot) }
    }

    /// Closes everything that is not in use; answers which nodes lost their slots.
    mutating func dropUnused() -> [UInt32] {
        var lost: [UInt32] = []
        for index in 1..<slots.count where slots[index].users == 0 && slots[index].descriptor >= 0 {
            if slots[index].node != 0 { lost.append(slots[index].node) }
            clear(index)
        }
        return lost
    }

    /// An empty slot, or one nobody uses: twice round, since the first round only takes away what was used recently.
    private mutating func vacantSlot() -> Int? {
        for _ in 0..<(slots.count * 2) {
            hand = hand + 1 < slots.count ? hand + 1 : 1
            if slots[hand].descriptor < 0 { return hand }
            if slots[hand].users == 0 && !slots[hand].recent { return hand }
            slots[hand].recent = false
        }
        return nil
    }

    private func clear(_ index: Int) {
        if slots[index].descriptor >= 0 { close(slots[index].descriptor) }
        slots[index] = Slot()
    }
}

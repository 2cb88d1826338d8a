import CFuse
import Synchronization

/// What the answer to FUSE_INIT has changed about the requests that follow.
final class Agreement: Sendable {
    /// FUSE_SETXATTR_EXT.
    let extendsAttributes = Atomic<Bool>(false)
}

/// Takes out of a FUSE_SETXATTR what FUSE_SETXATTR_EXT has added to it, since libfuse 3.14 does not know it: answers how long
/// the message is then, and what was in it, FUSE_SETXATTR_ACL_KILL_SGID or nothing.
func cutAttributeExtension(_ message: UnsafeMutableRawBufferPointer) -> (size: Int, flags: UInt32) {
    let start = MemoryLayout<fuse_in_header>.size + RequestForm.attributeSize
    let added = MemoryLayout<fuse_setxattr_in>.size - RequestForm.attributeSize
    let rest = message.count - start - added
    // Too short to be one: not as long as it says, it is refused.
    guard rest >= 0 else { return (min(message.count, start - 1), 0) }
    let flags = message.loadUnaligned(fromByteOffset: start, as: UInt32.self)
    UnsafeMutableRawBufferPointer(rebasing: message[start...])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: message[(start + added)...]))
    let told = message.loadUnaligned(as: UInt32.self)
    message.storeBytes(of: told &- UInt32(added), as: UInt32.self)
    return (start + rest, flags)
}

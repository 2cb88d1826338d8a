import CLinux
import Glibc

extension OpenFile where Self: ~Copyable {
    /// The number of linux/magic.h of the file system that this file lies on, fstatfs(2).
    package func fileSystemType() throws(Errno) -> UInt32 {
        var answer = statfs()
        _ = try errnoCall { fstatfs(number, &answer) }
        return UInt32(truncatingIfNeeded: answer.f_type)
    }
}

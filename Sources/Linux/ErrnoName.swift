import Glibc

extension Errno {
    /// The name that errno(3) has for it, such as `ENOENT`; the number where it has none. strerrorname_np(3).
    package var name: String {
        guard let name = strerrorname_np(rawValue) else { return "\(rawValue)" }
        return String(cString: name)
    }
}

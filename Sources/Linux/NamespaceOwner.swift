import CLinux
import Glibc

extension ProcessDirectory {
    /// The user namespace that owns one of its namespaces, such as `net`, as `ns/user` would name it: ioctl_ns(2),
    /// NS_GET_USERNS. EPERM where that is not ours or below ours.
    package func owner(ofNamespace kind: String) throws(SystemError) -> String {
        let namespace = try place("ns").open(kind, .readOnly)
        let owner = Descriptor(
            owning: try attempt("ioctl", on: "NS_GET_USERNS") { berth_owning_namespace(namespace.number) })
        return "user:[\(try owner.status().st_ino)]"
    }
}

import BasicContainers
import Fuse
import Glibc
import Linux

/// Serves `source` through the mount that the first of `devices` belongs to, until it is unmounted or SIGTERM, SIGINT or SIGHUP comes.
///
/// `source` is the root of a detached copy of the mounts to be shown: `..` does not leave it. `processDescriptors` is the
/// process's own /proc/self/fd, which becomes the working directory. `ready` is called when the kernel has been answered, with
/// what has become of its newer features.
package func serve(
    devices: consuming UniqueArray<Descriptor>, source: consuming Descriptor, processDescriptors: consuming Descriptor,
    settings: ServerSettings, registrar: (any BackingRegistrar)? = nil, observer: Observer? = nil,
    ready: @escaping @Sendable (KernelFeatures) -> Void
) throws(SystemError) {
    try processDescriptors.enter()
    try DescriptorLimit.raise()
    umask(0)
    let fileSystem = try PassthroughFileSystem(
        root: source.file, settings: settings, registrar: registrar, ready: ready)
    try Fuse.serve(fileSystem, devices: devices, maximumThreads: settings.maximumThreads, observer: observer)
    withExtendedLifetime(source) {}
}

import Fuse
import Glibc
import Linux

/// What has become of the features of newer kernels, from when the kernel has its first answer.
final class NotedFeatures: @unchecked Sendable {
    // Sendable: `value` is touched under `mutex` alone.
    private let mutex = Mutex()
    private var value: KernelFeatures?

    var current: KernelFeatures? {
        get { mutex.locked { value } }
        set { mutex.locked { value = newValue } }
    }
}

extension PassthroughFileSystem {
    var kernelWishes: KernelWishes {
        var wishes = KernelWishes()
        wishes.idMappedMounts = settings.isIDMappable
        if backings != nil { wishes.passthroughDepth = stackDepth }
        return wishes
    }

    /// That the kernel has a feature does not say that it lets us use it: that shows only now.
    func note(_ features: KernelFeatures) -> KernelFeatures {
        var features = features
        if features.passthrough.state == .used, let refusal = backings?.refusal(tryingWith: root) {
            features.passthrough.state = .refused(refusal)
        }
        self.features.current = features
        return features
    }

    /// Above a file system that has others below it already, nothing more can be stacked: the kernel's limit is 2.
    private var stackDepth: UInt32 {
        do throws(Errno) {
            return [overlayMagic, fuseMagic, ecryptfsMagic].contains(try root.fileSystemType()) ? 2 : 1
        } catch { return 1 }
    }

    /// Decides how an open file is read and written, and says so in the answer.
    ///
    /// - What has set-id bits is written by the server, which knows of each write whether they are to go. Those that a file
    ///   gets while it is passed on go with the next write, whoever writes: whoever registers files has no CAP_FSETID.
    /// - What is opened to append is read and written by the server too, though it counts as passed on: the kernel would go
    ///   on appending after fcntl(2) has taken O_APPEND away.
    /// - O_DIRECT reaches the source, which may not know it: then it is refused as the source would, unless the server can
    ///   read and write this file.
    ///
    /// Takes the open file back where it fails.
    func passOn(
        _ node: NodeNumber, _ opened: FileReference, _ attributes: FileAttributes, _ file: inout OpenFileState
    ) throws(Errno) {
        guard let backings else { return }
        let lacksDirect = file.flags & O_DIRECT != 0 && !opened.takesDirect()
        let suits = attributes.status.st_mode & (S_ISUID | S_ISGID) == 0 && !lacksDirect
        let changes = file.flags & O_ACCMODE != O_RDONLY
        let backing = backings.open(node, opened, suits: suits, changes: changes)
        if backing == 0 { return }
        if lacksDirect {
            release(node, file)
            throw Errno(EINVAL)
        }
        if file.flags & O_APPEND != 0 { file.direct_io = 1 }
        answerWithBacking(backing)
    }

    /// What is written through a mapping of a file that is passed on changes its times without a word to the kernel's
    /// FUSE, and goes on when the file is closed: such times are not kept for longer than a second.
    func attributeTimeout(of node: NodeNumber) -> Double {
        let usual = settings.cache.timeout
        guard let backings, !readOnly else { return usual }
        return backings.mayChange(node) ? 0 : min(usual, CachePolicy.auto.timeout)
    }
}

/// linux/magic.h.
private let overlayMagic: UInt32 = 0x794c_7630
private let fuseMagic: UInt32 = 0x6573_5546
private let ecryptfsMagic: UInt32 = 0xf15f

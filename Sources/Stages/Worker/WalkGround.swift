import BasicContainers
import Glibc
import Linux
import Plan

/// Where a walk goes on: its trees, in a place from which nothing else can be reached, as far as the kernel lets us.
struct WalkGround: ~Copyable {
    private(set) var trees: UniqueArray<Descriptor>
    var confinement: Confinement
    /// nil where the kernel has no openat2(2), or does not let us call it.
    let arguments: FixedArguments?

    /// Takes it, and leaves where it was. The working directory is /proc/self/fd afterwards, or a copy that leads no
    /// further. Call it before anything is given up, and in a process of one thread.
    static func enter(_ trees: [FileReference]) throws(SystemError) -> WalkGround {
        try leaveStandardDirectories()
        var ground: UniqueArray<Descriptor>
        var refusal: String?
        do throws(SystemError) {
            ground = try holdApart(trees)
        } catch {
            // Without CAP_SYS_ADMIN, or where the container refuses mounts: the other defences are there.
            ground = UniqueArray()
            for tree in trees { ground.append(try tree.duplicate()) }
            try FileReference.workingDirectory.open("/proc/self/fd", [.pathOnly, .directory]).enter()
            refusal = error.description
        }
        let arguments = try fixedArguments(beneath: refusal != nil)
        return WalkGround(
            trees: ground, confinement: Confinement(rootRefusal: refusal, hasFixedArguments: arguments != nil),
            arguments: arguments)
    }

    var files: [FileReference] { trees.indices.map { trees[$0].file } }
    var calls: TreeCalls { TreeCalls(arguments, descriptors: "") }
}

/// What keeps a walk in its trees, should it be taken over.
package struct Confinement: Hashable, Sendable {
    /// Why it has the root directory that it was started with; nil: it has an empty one.
    var rootRefusal: String?
    /// It opens files and changes owners with arguments that its filter knows: see `FixedArguments`.
    var hasFixedArguments: Bool
    /// Landlock(7) lets it read those directories and nothing else.
    var hasLandlock = false
}

/// nil where the kernel has no openat2(2), which came with 5.6, or a filter of somebody's refuses it, or where no filter
/// could keep them.
private func fixedArguments(beneath: Bool) throws(SystemError) -> FixedArguments? {
    guard Defence.workerOpens.isUp, FixedArguments.canBeKept else { return nil }
    let arguments: FixedArguments
    do throws(SystemError) { arguments = try FixedArguments.inPlace(beneath: beneath) } catch {
        if error.reason == Errno(EEXIST) { return nil }
        throw error
    }
    do throws(Errno) { _ = try TreeCalls(arguments).openEntry(".", in: .workingDirectory) } catch {
        if [ENOSYS, EPERM].contains(error.rawValue) { return nil }
        throw SystemError("openat2", on: ".", error)
    }
    return arguments
}

extension Confinement {
    /// As berth-status(5) has them.
    package var facts: [Fact] {
        [
            Fact("root", .text(rootRefusal == nil ? "empty" : "starter")),
            Fact("fixed_arguments", .flag(hasFixedArguments)), Fact("landlock", .flag(hasLandlock)),
        ] + (rootRefusal.map { [Fact("root_refused", .text($0))] } ?? [])
    }
}

import BasicContainers
import Linux
import Ownership
import Plan

/// The trees that `berth own` is to walk, held from before anything is done.
struct HeldTrees: ~Copyable {
    private var descriptors = UniqueArray<Descriptor>()
    private(set) var paths: [String] = []
    private var places: [SourcePlace] = []
    /// Those that are right to begin with, as far as their roots tell.
    private(set) var skipped: [String] = []

    /// Opens the paths of the plan, and leaves out those that need no walk.
    static func open(_ plan: OwnPlan, _ rule: OwnerRule?) throws(RunFailure) -> HeldTrees {
        var held = HeldTrees()
        let walk = PathWalk(trustedOwners: plan.trustedLinkOwners)
        for path in plan.paths {
            let directory = try openFollowingTrusted(path, by: walk)
            if plan.when == .onRootMismatch, let rule, try !needsWalk(directory.file, path, rule) {
                held.skipped.append(path)
                continue
            }
            held.paths.append(path)
            held.places.append(
                try explained(on: path) { () throws(SystemError) in try SourcePlace(of: directory.file) })
            held.descriptors.append(directory)
        }
        try held.refuseRoot()
        try held.refuseOverlaps()
        return held
    }

    /// Somebody else holds them from now on.
    mutating func letGo() { descriptors = UniqueArray() }

    var files: [FileReference] { descriptors.indices.map { descriptors[$0].file } }

    /// The path of the tree in which this directory lies; nil where it lies in none.
    func tree(above directory: FileReference) throws(RunFailure) -> String? {
        let above = try explained { () throws(SystemError) in try ancestors(of: directory) }
        return zip(paths, places).first { above.contains($1.identity) }?.0
    }

    /// As chown(1) does: a slip in a variable must not give the whole machine away.
    private func refuseRoot() throws(RunFailure) {
        let root = try explained { () throws(SystemError) in
            let root = try FileReference.workingDirectory.open("/", [.pathOnly, .directory])
            return try SourcePlace(of: root.file)
        }
        for (path, place) in zip(paths, places) where place.identity == root.identity {
            throw RunFailure("'\(path)' is the root directory", hint: "name the directories in it that are meant")
        }
    }

    /// By the kernel's paths: a tree that its starter cannot search has no `..` for it.
    private func refuseOverlaps() throws(RunFailure) {
        for (inner, place) in places.enumerated() {
            for (outer, above) in places.enumerated()
            where outer != inner && (place.path + "/").hasPrefix(above.path + "/") {
                throw RunFailure(
                    "'\(paths[inner])' lies in '\(paths[outer])', or is the same", hint: "name the outer one only")
            }
        }
    }
}

private func needsWalk(_ root: FileReference, _ path: String, _ rule: OwnerRule) throws(RunFailure) -> Bool {
    try explained(on: path) { () throws(SystemError) in try rootNeedsWalk(root: root, rule: rule) }
}

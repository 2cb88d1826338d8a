import Glibc
import Linux
import Ownership
import Plan

/// Opens the change record of a plan, if it has one: to be written, or to be undone.
///
/// It may not lie in one of the trees: whoever is given those could say afterwards what is given back.
func openRecord(_ plan: OwnPlan, outside trees: borrowing HeldTrees) throws(RunFailure) -> Descriptor? {
    var path: String
    var flags: OpenFlags = [.readWrite, .noFollow, .nonBlocking]
    if let record = plan.record {
        path = record
        flags = flags.union(.create)
    } else if case .restore(let record) = plan.task {
        path = record
    } else {
        return nil
    }
    let slash = path.lastIndex(of: "/")
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    if ["", ".", ".."].contains(name) { throw RunFailure("record '\(path)' is no name of a file") }
    let above = slash.map { path[..<$0].isEmpty ? "/" : String(path[..<$0]) } ?? "."
    let directory = try openFollowingTrusted(above, by: PathWalk(trustedOwners: plan.trustedLinkOwners))
    if let tree = try trees.tree(above: directory.file) {
        throw RunFailure(
            "record '\(path)' lies in '\(tree)'", hint: "keep it where those who get the files cannot write")
    }
    return try explained(on: path) { () throws(SystemError) in try directory.open(name, flags, mode: 0o600) }
}

extension RunFailure {
    /// Why the change record at `path` is not used.
    init(_ failure: RecordFailure, record path: String) {
        let (what, hint): (String, String?)
        switch failure {
        case .system(let error):
            self.init(
                SystemError(error.call, on: error.subject == "change record" ? path : error.subject, error.reason))
            return
        case .untrusted:
            what = "cannot be trusted"
            hint = "it must be a regular file with one name, belong to root or to you, and be writable by nobody else"
        case .inUse: (what, hint) = ("is used by another process", nil)
        case .notARecord: (what, hint) = ("is no change record of berth", nil)
        case .newer(let version): (what, hint) = ("was written by a later berth (version \(version))", nil)
        case .damaged(let offset):
            what = "is damaged after byte \(offset)"
            hint = "what comes before is whole: a copy of that length can be restored"
        case .otherTree:
            what = "was made of other directories"
            hint = "name all the directories that the recorded walks were given, and no restored copies of them"
        }
        self.init("record '\(path)' \(what)", hint: hint)
    }
}

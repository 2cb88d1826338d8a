import Glibc
import Linux
import Plan

extension ControlGroup {
    /// Makes the session's cgroup, with its limits; the facts are what was read back.
    mutating func make(besides servers: [ProcessID]) throws(RunFailure) -> [Fact] {
        let missing = try explained { () throws(SystemError) in
            controllers.subtracting(try Self.words(own, "cgroup.subtree_control"))
        }
        if !missing.isEmpty { try handDown(missing, servers) }
        var facts: [Fact] = []
        let group = try explained(on: name) { () throws(SystemError) in
            try own.makeDirectory(name, mode: 0o755)
            return try own.open(name, [.directory])
        }
        for limit in limits {
            let file = limit.kind.controlGroupFile!.file
            let hint = "the kernel does not take this value, or has no such file"
            let held = try explained(on: file, hint: hint) { () throws(SystemError) in
                try group.writeText(limit.controlGroupText, to: file)
                return try group.text(ofFile: file).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }
            // The kernel may round down to whole pages, and shows "max" for what is no limit to it.
            guard let first = held.split(separator: " ").first, let number = UInt64(first), number <= limit.value else {
                throw RunFailure("limit '\(limit.kind.rawValue)': the kernel made '\(held)' of it")
            }
            facts.append(Fact(file, .text(held)))
        }
        try explained(on: name) { () throws(SystemError) in
            // Within a namespace of its own the session may make cgroups below its own: as many as can be removed.
            try group.writeText("1000", to: "cgroup.max.descendants")
            try group.writeText("16", to: "cgroup.max.depth")
            try group.makeDirectory(Self.innermost, mode: 0o755)
        }
        return facts
    }

    /// A cgroup hands controllers down only while no process is in it: berth and its servers move to one beside.
    private mutating func handDown(_ missing: Set<String>, _ servers: [ProcessID]) throws(RunFailure) {
        try explained { () throws(SystemError) in try own.makeDirectory("\(name)-own", mode: 0o755) }
        isMoved = true
        let mine = Set((servers + [ProcessID.current]).map { "\($0.rawValue)" })
        let others = try explained { () throws(SystemError) in try Self.words(own, "cgroup.procs") }.subtracting(mine)
        guard others.isEmpty else {
            throw RunFailure(
                "berth is not alone in its cgroup, which so cannot hand on \(missing.sorted().joined(separator: ", "))",
                hint:
                    "start berth in a cgroup of its own, or let cgroup.subtree_control of this one name the controllers"
            )
        }
        try explained { () throws(SystemError) in
            let beside = try own.open("\(name)-own", [.directory])
            for process in mine.sorted() { try beside.writeText(process, to: "cgroup.procs") }
            try own.writeText(missing.sorted().map { "+\($0)" }.joined(separator: " "), to: "cgroup.subtree_control")
        }
    }

    /// Removes what was made, when every process of the session has ended.
    func remove() throws(RunFailure) {
        try explained { () throws(SystemError) in
            if try own.directoryNames().contains(name) { try removeTree(name, in: own.file) }
            guard isMoved else { return }
            let handed = controllers.intersection(try Self.words(own, "cgroup.subtree_control"))
            if !handed.isEmpty {
                try own.writeText(handed.sorted().map { "-\($0)" }.joined(separator: " "), to: "cgroup.subtree_control")
            }
            // berth, and what is left of its own.
            let beside = try own.open("\(name)-own", [.directory])
            for process in try Self.words(beside, "cgroup.procs").sorted() {
                try own.writeText(process, to: "cgroup.procs")
            }
            try own.removeDirectory("\(name)-own")
        }
    }
}

private func removeTree(_ name: String, in directory: FileReference) throws(SystemError) {
    let group = try directory.open(name, [.directory, .noFollow])
    for inner in try group.directoryNames() { try removeTree(inner, in: group.file) }
    try directory.removeDirectory(name)
}

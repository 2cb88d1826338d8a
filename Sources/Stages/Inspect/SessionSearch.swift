import Linux

/// What a process is in a session, found by what it cannot forge: its namespaces and its parent, not its name.
package enum ProcessRole: String, Hashable, Sendable, CaseIterable {
    case supervisor
    /// The supervisor, and what will be the session's first process, before there is a session: they have not dropped
    /// everything yet, and nothing is promised of them.
    case starting
    case ownerWorker = "owner-worker"
    case fileServer = "file-server"
    /// berth's own, the first of the session's pid namespace.
    case initial = "session-init"
    /// The command, or whatever it started.
    case session
    /// In one of the session's namespaces, but none of its descendants.
    case stranger
    /// Of a tree that berth did not start.
    case foreign
}

/// As much of a process as tells whose it is.
struct ProcessOutline: Hashable, Sendable {
    var process: Int32
    var parent: Int32
    /// nil where it is hidden.
    var userNamespace: String?
    var mountNamespace: String?
    /// Its numbers in the pid namespaces from ours down.
    var numbers: [UInt32]
    /// The text of uid_map, which everybody may read.
    var userMap: String
    /// By the program's file where it can be seen; by the name of a process that nobody can trace otherwise.
    var runsBerth: Bool

    /// Whether both are of one user namespace: by its number, or by the map where that is hidden.
    func sharesUserNamespace(with other: ProcessOutline) -> Bool {
        if let mine = userNamespace, let theirs = other.userNamespace { return mine == theirs }
        return userMap == other.userMap
    }

    func sharesMountNamespace(with other: ProcessOutline) -> Bool? {
        guard let mine = mountNamespace, let theirs = other.mountNamespace else { return nil }
        return mine == theirs
    }
}

/// Which processes belong to a session, and as what.
struct SessionMembers: Hashable, Sendable {
    /// The supervisor; the root of the tree where berth did not start it.
    var top: Int32
    var isOfBerth: Bool
    var roles: [Int32: ProcessRole]

    /// From any process of a session, or its supervisor: up to the last berth that has another user namespace above it,
    /// which is the supervisor, and down to everything below that and everything in its namespaces.
    ///
    /// A process in our own user namespace, and one above which there is no berth, is the root of a foreign tree.
    static func find(_ process: Int32, among all: [Int32: ProcessOutline], own: ProcessOutline) -> SessionMembers? {
        guard let named = all[process] else { return nil }
        let children = Dictionary(grouping: all.values, by: \.parent).mapValues { $0.map(\.process) }
        if let top = supervisor(above: named, all, own) {
            return SessionMembers(top: top.process, isOfBerth: true, roles: roles(below: top, all, children))
        }
        let tree = descendants(of: process, children)
        let roles = Dictionary(uniqueKeysWithValues: ([process] + tree).map { ($0, ProcessRole.foreign) })
        return SessionMembers(top: process, isOfBerth: false, roles: roles)
    }

    private static func supervisor(
        above named: ProcessOutline, _ all: [Int32: ProcessOutline], _ own: ProcessOutline
    ) -> ProcessOutline? {
        if named.sharesUserNamespace(with: own) { return nil }
        var top: ProcessOutline?
        var place = named
        var steps = 0
        // The table was read bit by bit: a number that was reused meanwhile could make a ring of it.
        while steps <= all.count {
            guard let parent = all[place.parent] else { return place.runsBerth ? place : top }
            // The last berth below another user namespace: one in a namespace of the session's making is the session's.
            if place.runsBerth && !parent.sharesUserNamespace(with: place) { top = place }
            if parent.sharesUserNamespace(with: own) { break }
            place = parent
            steps += 1
        }
        return top
    }

    private static func roles(
        below top: ProcessOutline, _ all: [Int32: ProcessOutline], _ children: [Int32: [Int32]]
    ) -> [Int32: ProcessRole] {
        var roles: [Int32: ProcessRole] = [top.process: .supervisor]
        for child in (children[top.process] ?? []).compactMap({ all[$0] }) {
            let role = role(ofChild: child, of: top)
            roles[child.process] = role
            // The kernel gives the orphans of a pid namespace to its first process.
            let inherited: ProcessRole = role == .session || role == .initial ? .session : .stranger
            for descendant in descendants(of: child.process, children) where roles[descendant] == nil {
                roles[descendant] = inherited
            }
        }
        for other in all.values where roles[other.process] == nil && isInside(other, top) {
            roles[other.process] = .stranger
        }
        if roles.values.contains(.session) { return roles }
        return roles.mapValues { $0 == .supervisor || $0 == .initial ? .starting : $0 }
    }

    /// A child of the supervisor. Only berth itself can have put one into a mount namespace of its own, or have made the
    /// first process of a pid namespace: a session cannot.
    private static func role(ofChild child: ProcessOutline, of top: ProcessOutline) -> ProcessRole {
        if !child.sharesUserNamespace(with: top) { return .ownerWorker }
        if child.numbers.count > top.numbers.count { return child.numbers.last == 1 ? .initial : .session }
        if child.sharesMountNamespace(with: top) == true { return .session }
        return child.runsBerth ? .fileServer : .session
    }

    private static func isInside(_ other: ProcessOutline, _ top: ProcessOutline) -> Bool {
        if let mine = other.userNamespace, let theirs = top.userNamespace, mine == theirs { return true }
        return other.sharesMountNamespace(with: top) == true
    }

    private static func descendants(of process: Int32, _ children: [Int32: [Int32]]) -> [Int32] {
        var found: [Int32] = []
        var seen: Set<Int32> = [process]
        var pending = [process]
        while let next = pending.popLast() {
            for child in children[next] ?? [] where seen.insert(child).inserted {
                found.append(child)
                pending.append(child)
            }
        }
        return found
    }
}

import Linux
import Plan

/// What `berth inspect` is asked to look at.
package struct InspectionRequest: Sendable {
    /// Any process of the session, or its supervisor; or the root of any other tree.
    package var process: Int32
    /// What the status lines said of the securebits at the moment before the hand-off.
    package var secureBits: UInt32?
    /// The user namespace that the process had then, such as `user:[4026532192]`: its number may have been given away since.
    package var userNamespace: String?

    /// The network namespace that it had then, where berth was started in another.
    package var networkNamespace: String?
    /// The descriptors that the command got, by number, with what they stood for.
    package var descriptors: [Int32: String] = [:]
    /// Whether `--allow-userns` was given; nil where nothing says so.
    package var allowsNamespaces: Bool?

    package init(process: Int32, secureBits: UInt32? = nil, userNamespace: String? = nil) {
        self.process = process
        self.secureBits = secureBits
        self.userNamespace = userNamespace
    }
}

/// Looks at a session and at berth's own processes beside it, by what /proc tells of them and they cannot forge.
///
/// Call it from a process of one thread. Changes nothing; a process that ends meanwhile is left out.
package func inspect(_ request: InspectionRequest) throws(RunFailure) -> Inspection {
    let outlines = try explained { () throws(SystemError) in try ProcessOutline.all() }
    guard let own = outlines[ProcessID.current.rawValue] else {
        throw RunFailure("/proc does not show this process", hint: "mount the /proc of this pid namespace")
    }
    if let then = request.userNamespace, let now = outlines[request.process]?.userNamespace, then != now {
        throw RunFailure("the session has ended", hint: "process \(request.process) is another one now")
    }
    guard let members = SessionMembers.find(request.process, among: outlines, own: own) else {
        throw RunFailure("there is no process \(request.process)", hint: "or /proc hides it: hidepid= of proc(5)")
    }
    let facts = try explained { () throws(SystemError) in try readAll(members) }
    guard let top = facts[members.top], let ownFacts = try readOne(ProcessID.current.rawValue) else {
        throw RunFailure("process \(members.top) ended meanwhile")
    }
    let context = InspectionContext(
        own: ownFacts, top: top, isOfBerth: members.isOfBerth,
        sessionMountNamespaces: mountNamespaces(members, facts), recordedSecureBits: request.secureBits,
        recordedNetwork: request.networkNamespace,
        recordedDescriptors: request.descriptors, allowsNamespaces: request.allowsNamespaces)
    var sections = processSections(members, facts, context)
    if let section = try mountSection(members, facts, ownFacts) { sections.append(section) }
    return Inspection(top: members.top, isOfBerth: members.isOfBerth, sections: sections)
}

private func readOne(_ process: Int32) throws(RunFailure) -> ProcessFacts? {
    try explained { () throws(SystemError) in
        let directory = try ProcessDirectory(ProcessID(process))
        do throws(Vanished) { return try ProcessFacts.read(directory) } catch { return nil }
    }
}

/// Those that are still there.
private func readAll(_ members: SessionMembers) throws(SystemError) -> [Int32: ProcessFacts] {
    var all: [Int32: ProcessFacts] = [:]
    for process in members.roles.keys {
        do throws(SystemError) {
            let directory = try ProcessDirectory(ProcessID(process))
            do throws(Vanished) { all[process] = try ProcessFacts.read(directory) } catch { continue }
        } catch {
            if error.reason != .noEntry { throw error }
        }
    }
    return all
}

/// That of the supervisor, and those of its children that are the session's: its init may have one of its own.
private func mountNamespaces(_ members: SessionMembers, _ facts: [Int32: ProcessFacts]) -> Set<String> {
    let heads = members.roles.filter { process, role in
        role == .supervisor || role == .starting || (role == .session && facts[process]?.status.parent == members.top)
    }
    return Set(heads.keys.compactMap { facts[$0]?.namespace("mnt") })
}

/// The supervisor first, then by role and number.
private func processSections(
    _ members: SessionMembers, _ facts: [Int32: ProcessFacts], _ context: InspectionContext
) -> [InspectionSection] {
    let order = ProcessRole.allCases
    let sorted = members.roles.sorted {
        (order.firstIndex(of: $0.value)!, $0.key) < (order.firstIndex(of: $1.value)!, $1.key)
    }
    return sorted.compactMap { process, role in
        guard let facts = facts[process] else { return nil }
        var lines = facts.lines(as: role, in: context)
        if role == .fileServer { lines.append(MountJudgement.serverLine(facts.mounts)) }
        if role == .ownerWorker { lines.append(MountJudgement.workerLine(facts.mounts)) }
        return InspectionSection(role: role, process: process, name: facts.status.name, lines: lines)
    }
}

/// What the session's processes have mounted, as the first of them that can be seen has it.
private func mountSection(
    _ members: SessionMembers, _ facts: [Int32: ProcessFacts], _ own: ProcessFacts
) throws(RunFailure) -> InspectionSection? {
    func all(_ role: ProcessRole) -> [ProcessFacts] {
        members.roles.filter { $0.value == role }.keys.sorted().compactMap { facts[$0] }
    }
    let inside = all(.session)
    guard let first = inside.first else { return nil }
    let table = first.mounts.value ?? []
    let devices = MountJudgement.devices(table, outside: own.mounts.value ?? [])
    var lines = MountJudgement.lines(first.mounts, of: devices)
    lines += try SharedReach.lines(
        table, of: devices, members: inside, strangers: all(.stranger), servers: all(.fileServer))
    return InspectionSection(
        role: .session, process: first.status.process, name: "the session's mounts", lines: lines)
}

extension Errno {
    /// ENOENT.
    fileprivate static let noEntry = Errno(2)
}

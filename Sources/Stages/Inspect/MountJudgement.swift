import Linux

/// Promise (b): nothing of a shared source can be changed, by any path.
enum MountJudgement {
    /// The mounts of the session, each with its flags.
    ///
    /// Those of file servers that are seen outside as well belong to somebody else: to `berth mount`.
    static func lines(_ mounts: Seen<[InspectedMount]>, of session: Set<String>) -> [InspectionLine] {
        guard case .seen(let table) = mounts else {
            return [InspectionLine("mounts", ["hidden"], .unseen, "shared sources are read-only")]
        }
        return table.map { line($0, isOfSession: session.contains($0.entry.device)) }
    }

    /// The devices of the file servers' mounts that are in `table` and not in the one outside.
    static func devices(_ table: [InspectedMount], outside: [InspectedMount]) -> Set<String> {
        Set(table.filter(\.isOfFileServer).map(\.entry.device)).subtracting(outside.map(\.entry.device))
    }

    private static func line(_ mount: InspectedMount, isOfSession: Bool) -> InspectionLine {
        let entry = mount.entry
        let flags = entry.options.joined(separator: ",")
        let value = [entry.type, mount.source, flags, mount.superOptions.joined(separator: ",")] + mount.propagation
        let item = "mount \(entry.mountPoint)"
        let missing = (mount.needed).filter { !entry.options.contains($0) }
        let leaks = mount.propagation.contains { $0.hasPrefix("shared:") }
        if isOfSession {
            let promise = mount.needed.joined(separator: ",") + ", and not seen outside"
            return InspectionLine(item, value, missing.isEmpty && !leaks ? .holds : .broken, promise)
        }
        return InspectionLine(item, value, leaks ? .broken : .notPromised, leaks ? "not seen outside" : nil)
    }

    /// A file server's: one read-only, empty file system, and what it serves is attached nowhere. Promise (f).
    static func serverLine(_ mounts: Seen<[InspectedMount]>) -> InspectionLine {
        .promised("mounts", mounts, emptyRoot, show: show, rule: isEmptyRoot)
    }

    /// An owner worker's: the same where whoever started berth could have it so, which nobody sees from here. Promise (e).
    static func workerLine(_ mounts: Seen<[InspectedMount]>) -> InspectionLine {
        guard case .seen(let table) = mounts else { return .told("mounts", mounts, show: show) }
        if isEmptyRoot(table) { return InspectionLine("mounts", show(table), .holds, emptyRoot) }
        return InspectionLine("mounts", ["those of the starter"], .notPromised)
    }

    private static let emptyRoot = "one empty, read-only root"

    private static func isEmptyRoot(_ table: [InspectedMount]) -> Bool {
        table.count == 1 && table[0].entry.mountPoint == "/" && table[0].entry.type == "tmpfs" && table[0].isReadOnly
    }

    private static func show(_ table: [InspectedMount]) -> [String] {
        table.map { "\($0.entry.mountPoint) \($0.entry.type) \($0.entry.options.joined(separator: ","))" }
    }
}

extension InspectedMount {
    fileprivate var needed: [String] { (isShared ? ["ro"] : []) + ["nosuid", "nodev"] }
}

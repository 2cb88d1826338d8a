import Linux

/// Promises about namespaces and id maps.
extension ProcessFacts {
    func namespaceLines(_ role: ProcessRole, _ context: InspectionContext) -> [InspectionLine] {
        mapLines(role, context) + namespaces.map { kind, link in namespaceLine(kind, link, role, context) }
    }

    private func mapLines(_ role: ProcessRole, _ context: InspectionContext) -> [InspectionLine] {
        let isInside = role != .foreign && role != .ownerWorker && role != .starting
        let maps: [(String, Seen<IdentityMap>)] = [("uid_map", userMap), ("gid_map", groupMap)]
        let lines = maps.map { item, map in
            // The first column is inside, the second outside as we see it: our own ids, if we are in the initial namespace.
            isInside && item == "uid_map"
                ? InspectionLine.promised(item, map, "root outside is not mapped", show: \.rows) {
                    context.seesRealIDs ? $0.inside(of: 0) == nil : nil
                } : InspectionLine.told(item, map, show: \.rows)
        }
        let setgroups =
            isInside
            ? InspectionLine.promised("setgroups", setgroups, "denied", show: { [$0] }, rule: { $0 == "deny" })
            : InspectionLine.told("setgroups", setgroups) { [$0] }
        return lines + [setgroups]
    }

    private func namespaceLine(
        _ kind: String, _ link: Seen<String>, _ role: ProcessRole, _ context: InspectionContext
    ) -> InspectionLine {
        let item = "namespace \(kind)"
        let show = { (link: String) in
            context.differs(kind, link).map { [link, $0 ? "not that of berth inspect" : "that of berth inspect"] } ?? [
                link
            ]
        }
        switch (kind, role) {
        case ("user", .supervisor), ("user", .session), ("user", .fileServer), ("user", .initial), ("user", .stranger):
            return .promised(item, link, "the session's own", show: show) { link in
                let isTop = context.top.namespace("user").map { $0 == link }
                return context.differs(kind, link) == false ? false : isTop
            }
        case ("mnt", .supervisor), ("mnt", .session), ("mnt", .initial), ("mnt", .stranger):
            return .promised(item, link, "the session's own", show: show) { link in
                if context.differs(kind, link) == false { return false }
                return context.sessionMountNamespaces.isEmpty ? nil : context.sessionMountNamespaces.contains(link)
            }
        case ("mnt", .fileServer):
            return .promised(item, link, "its own", show: show) { link in
                context.differs(kind, link) == true && !context.sessionMountNamespaces.contains(link)
            }
        case ("net", .supervisor), ("net", .session), ("net", .initial), ("net", .stranger):
            return networkLine(item, link, context, show)
        default: return .told(item, link, show: show)
        }
    }
}

extension ProcessFacts {
    /// Promised where the supervisor has a network that the session's user namespace owns, since berth made it; and where
    /// the status lines told of another than berth was started in.
    private func networkLine(
        _ item: String, _ link: Seen<String>, _ context: InspectionContext, _ show: (String) -> [String]
    ) -> InspectionLine {
        let session = context.recordedNetwork ?? context.ownNetworkOfTop
        guard let session else { return .told(item, link, show: show) }
        return .promised(item, link, "the session's own", show: show) { $0 == session }
    }
}

extension InspectionContext {
    fileprivate var ownNetworkOfTop: String? {
        guard let owner = top.networkOwner.value, owner == top.namespace("user") else { return nil }
        return top.namespace("net")
    }
}

extension IdentityMap {
    fileprivate var rows: [String] { lines.map { "\($0.inside) \($0.outside) \($0.count)" } }
}

import Linux
import Plan

/// The JSON lines of `--json-status-fd`: which members each kind of line has, in which order.
extension Event {
    var record: FactValue {
        switch self {
        case .planned(let plan): plan.record
        case .stage(let name, let facts): line("stage", [Fact("stage", .text(name.rawValue))] + facts)
        case .owning(let walk): walk.record
        case .progress(let far): far.record(nil)
        case .proof(let process, let facts): line("proof", [Fact("pid", .number(Int64(process)))] + facts)
        case .sessionStarted(let process): line("session-started", [Fact("pid", .number(Int64(process)))])
        case .sessionEnded(let status, let signal):
            line(
                "session-ended",
                [Fact("status", .number(Int64(status)))] + optional("signal", signal.map { .number(Int64($0)) }))
        case .warning(let text): line("warning", [Fact("message", .text(text))])
        }
    }
}

/// The last line where berth failed.
func errorRecord(_ parting: Parting) -> FactValue {
    line(
        "error",
        [
            Fact("message", .text(parting.complaint ?? ""))
        ] + (parting.details.isEmpty ? [] : [Fact("details", .list(parting.details.map { .text($0) }))])
            + optional("hint", parting.hint.map { .text($0) })
            + [Fact("status", .number(Int64(parting.status)))])
}

extension RunPlan {
    var record: FactValue {
        line(
            "plan",
            [
                Fact("identity", identity.record), Fact("mounts", .list(mounts.map(\.record))),
                Fact("keep_source_visible", .flag(keepsSourcesVisible)),
                Fact("ownership", ownership.record), Fact("pid_namespace", .text(processNamespace.rawValue)),
                Fact("capabilities", .list(holdings.map(\.record))),
                Fact("profile", profileRecord), Fact("session", session.record(home: home?.target)),
                Fact("command", .list(command.map { .text($0) })),
            ])
    }
}

extension Identity {
    fileprivate var record: FactValue {
        .record([
            Fact("starter", .text(starter.rawValue)),
            Fact(
                "outside",
                .record(
                    optional("name", account.name.map { .text($0) }) + [
                        Fact("uid", .number(Int64(account.user.rawValue))),
                        Fact("gid", .number(Int64(account.group.rawValue))),
                        Fact("groups", .list(account.supplementaryGroups.map { .number(Int64($0.rawValue)) })),
                    ])),
            Fact(
                "inside",
                .record([
                    Fact("uid", .number(Int64(insideUser.rawValue))),
                    Fact("gid", .number(Int64(insideGroup.rawValue))),
                ])),
        ])
    }
}

extension MountPlan {
    fileprivate var record: FactValue {
        .record([
            Fact("kind", .text(kind.rawValue)), Fact("source", .text(source)), Fact("target", .text(target)),
            Fact("options", .list(options.map { .text($0) })), Fact("locks", .text(locks.rawValue)),
        ])
    }
}

extension OwnershipPlan {
    fileprivate var record: FactValue {
        var facts = [Fact("mode", .text(mode.rawValue))]
        switch power {
        case .callersCapabilities: facts.append(Fact("power", .text("callers-capabilities")))
        case .none: facts.append(Fact("power", .text("none")))
        case .subordinateRanges(let users, let groups):
            facts += [
                Fact("power", .text("subordinate-ranges")), Fact("users", users.record), Fact("groups", groups.record),
            ]
        }
        return .record(facts)
    }
}

extension SubordinateRange {
    fileprivate var record: FactValue {
        .record([Fact("first", .number(Int64(first))), Fact("count", .number(Int64(count)))])
    }
}

extension Holding {
    fileprivate var record: FactValue {
        var facts = [Fact("process", .text(process.rawValue)), Fact("from", .text(from.rawValue))]
        switch amount {
        case .exactly(let set): facts.append(Fact("holds", .list(set.names.map { .text($0) })))
        case .whateverIsGiven: facts.append(Fact("holds", .text("as-given")))
        }
        return .record(facts + [Fact("namespace", .text(scope.rawValue))])
    }
}

func line(_ event: String, _ facts: [Fact]) -> FactValue {
    .record([Fact("version", .number(1)), Fact("event", .text(event))] + facts)
}

private func optional(_ name: String, _ value: FactValue?) -> [Fact] { value.map { [Fact(name, $0)] } ?? [] }

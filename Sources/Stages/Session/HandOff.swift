import Glibc
import Linux
import Plan

/// What the process that becomes the command is, read back from the kernel by itself at the last moment before.
enum HandOff {
    /// As much of it as fits into one message.
    private static let part = 60_000

    /// Sends it in parts. Where /proc does not show the process, as in a pid namespace without a /proc of its own, less
    /// can be said: then only what the process can ask about itself.
    ///
    /// `filters` are still to be loaded, and count already: under them reading and sending may be refused.
    static func send(on channel: borrowing Channel, before filters: Int) throws(SystemError) {
        let bytes = FactCoding.encode(try facts(of: .current, before: filters))
        for start in stride(from: 0, to: bytes.count, by: part) {
            try channel.send(ChildReport.done(Array(bytes[start..<min(start + part, bytes.count)])).encoded())
        }
    }

    private static func facts(of process: ProcessID, before filters: Int) throws(SystemError) -> [Fact] {
        let state = try CapabilityState.current()
        let sets: [(String, CapabilitySet)] = [
            ("effective", state.effective), ("permitted", state.permitted), ("inheritable", state.inheritable),
            ("bounding", state.bounding), ("ambient", state.ambient),
        ]
        let own =
            sets.map { Fact($0.0, .list($0.1.names.map { .text($0) })) } + [
                Fact("securebits", .number(Int64(state.secureBits))),
                Fact("no_new_privs", .flag(state.noNewPrivileges)),
            ]
        return own + (try seen(process)?.handOffFacts(before: filters) ?? [])
    }

    private static func seen(_ process: ProcessID) throws(SystemError) -> ProcessFacts? {
        do throws(SystemError) {
            let directory = try ProcessDirectory(process)
            do throws(Vanished) { return try ProcessFacts.read(directory) } catch {
                // A process does not end while it reads about itself; a record that lacks most of itself would be no proof.
                throw SystemError("openat", on: "/proc/self/status", Errno(EMFILE))
            }
        } catch {
            if error.reason == Errno(ENOENT) || error.reason == Errno(EACCES) { return nil }
            throw error
        }
    }
}

extension ProcessFacts {
    /// What berth-status(5) promises of a `proof` line, as far as it can be seen.
    fileprivate func handOffFacts(before filters: Int) -> [Fact] {
        let numbers = [
            ("seccomp", status.seccompMode), ("seccomp_filters", status.seccompFilters.map { $0 + filters }),
        ]
        var facts = numbers.compactMap { name, number in number.map { Fact(name, .number(Int64($0))) } }
        facts += [("uid_map", userMap), ("gid_map", groupMap)].compactMap { name, map in
            map.value.map { Fact(name, .list($0.lines.map { .text("\($0.inside) \($0.outside) \($0.count)") })) }
        }
        facts += [("setgroups", setgroups), ("label", label)].compactMap { name, seen in
            seen.value.map { Fact(name, .text($0)) }
        }
        facts.append(namespaceFact)
        if let mounts = mounts.value { facts.append(Fact("mounts", .list(mounts.map(\.record)))) }
        if let place = workingDirectory.value { facts.append(Fact("working_directory", .text(place.target))) }
        if let all = descriptors.value { facts.append(Fact("descriptors", .list(all.compactMap(\.handedOver)))) }
        if let limits = limits.value { facts.append(Fact("limits", .list(limits.map(\.record)))) }
        return facts
    }

    var namespaceFact: Fact {
        Fact(
            "namespaces",
            .record(namespaces.compactMap { kind, link in link.value.map { Fact(kind, .text($0)) } }))
    }
}

extension InspectedMount {
    fileprivate var record: FactValue {
        .record([
            Fact("target", .text(entry.mountPoint)), Fact("type", .text(entry.type)), Fact("source", .text(source)),
            Fact("options", .list(entry.options.map { .text($0) })),
            Fact("file_system_options", .list(superOptions.map { .text($0) })),
            Fact("propagation", .list(propagation.map { .text($0) })),
        ])
    }
}

extension LimitLine {
    fileprivate var record: FactValue {
        .record([Fact("name", .text(name)), Fact("soft", .text(soft)), Fact("hard", .text(hard))])
    }
}

extension DescriptorFacts {
    /// nil for those of berth, which close when the command is executed.
    fileprivate var handedOver: FactValue? {
        do { if try FileReference(number).closesOnExecution() { return nil } } catch { return nil }
        return .record([Fact("number", .number(Int64(number))), Fact("target", .text(target))])
    }
}

/// The namespaces that berth was started in, for comparison with those of the session.
func outsideNamespaces() throws(RunFailure) -> Fact {
    var links: [Fact] = []
    for kind in ProcessFacts.namespaceKinds {
        do throws(SystemError) {
            links.append(Fact(kind, .text(try FileReference.workingDirectory.linkTarget("/proc/self/ns/\(kind)"))))
        } catch { if error.reason != Errno(ENOENT) && error.reason != Errno(EACCES) { throw RunFailure(error) } }
    }
    return Fact("namespaces", .record(links))
}

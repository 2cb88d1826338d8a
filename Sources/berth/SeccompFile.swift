import Linux
import Plan
import Seccomp

/// A seccomp profile in the form of the OCI runtime specification, with what Docker, podman and Kubernetes add to it, read
/// for this machine and for a session, which has no capability.
struct SeccompFile {
    private let kernel: KernelRelease?

    /// The profile in the file at `path`.
    static func profile(ofFile path: String) throws(Refusal) -> FilterProfile {
        let text = try readFile(path, calledA: "seccomp profile")
        do {
            let kernel = try asking { () throws(SystemError) in try KernelRelease.current() }
            return try SeccompFile(kernel: kernel).profile(try JSONReader.value(of: text))
        } catch { throw Refusal("seccomp profile '\(path)': \(error.message)", hint: error.hint) }
    }

    /// What rules for certain kernels are measured by; nil for one whose number cannot be read.
    init(kernel: KernelRelease?) { self.kernel = kernel }

    func profile(_ document: JSONValue) throws(Refusal) -> FilterProfile {
        let keys = [
            "defaultAction", "defaultErrnoRet", "defaultErrno", "architectures", "archMap", "flags", "syscalls",
            "listenerPath", "listenerMetadata",
        ]
        let members = try PlacedJSON(value: document, place: "").members(keys)
        for key in ["listenerPath", "listenerMetadata"] where members[key] != nil { throw members[key]!.notify() }
        guard let action = members["defaultAction"] else { throw Refusal("no defaultAction") }
        let defaultAction = try action.action(
            number: members["defaultErrnoRet"], name: members["defaultErrno"])
        var rules: [FilterRule] = []
        for call in try members["syscalls"]?.elements() ?? [] {
            if let rule = try self.rule(call) { rules.append(rule) }
        }
        return FilterProfile(
            defaultAction: defaultAction, architectures: try architectures(members), rules: rules,
            flags: try flags(members["flags"]))
    }

    /// Those that programs of this machine could use; the machine's own always counts.
    private func architectures(_ members: [String: PlacedJSON]) throws(Refusal) -> [String] {
        if let list = members["architectures"], let map = members["archMap"], list.value != .null, map.value != .null {
            throw map.wrong("given besides architectures", hint: "one of the two")
        }
        var named = try members["architectures"]?.architectures() ?? []
        for entry in try members["archMap"]?.elements() ?? [] {
            let pair = try entry.members(["architecture", "subArchitectures"])
            guard let main = pair["architecture"] else { throw entry.wrong("no architecture") }
            let others = try pair["subArchitectures"]?.architectures() ?? []
            if try main.architecture() == nativeArchitecture { named += others }
        }
        return compatibleArchitectures.filter { named.contains($0) }
    }

    private func flags(_ list: PlacedJSON?) throws(Refusal) -> FilterFlags {
        var flags: FilterFlags = []
        for element in try list?.elements() ?? [] {
            switch try element.text() {
            case "SECCOMP_FILTER_FLAG_LOG": flags.insert(.log)
            case "SECCOMP_FILTER_FLAG_SPEC_ALLOW": flags.insert(.allowSpeculation)
            case "SECCOMP_FILTER_FLAG_TSYNC": flags.insert(.allThreads)
            case "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV": throw element.notify()
            case let other: throw element.wrong("'\(other)' is no flag of a filter")
            }
        }
        return flags
    }

    /// nil for a rule that is not for this machine, or not for a session.
    private func rule(_ call: PlacedJSON) throws(Refusal) -> FilterRule? {
        let members = try call.members([
            "name", "names", "action", "errnoRet", "errno", "args", "comment", "includes", "excludes",
        ])
        _ = try members["comment"]?.text()
        guard (members["name"] == nil) != (members["names"] == nil) else { throw call.wrong("give names, or one name") }
        let names = if let name = members["name"] { [try name.text()] } else { try members["names"]!.texts() }
        if names.isEmpty || names.contains("") { throw call.wrong("an empty name, or none") }
        guard let action = members["action"] else { throw call.wrong("no action") }
        let answer = try action.action(number: members["errnoRet"], name: members["errno"])
        var conditions: [ArgumentCondition] = []
        for argument in try members["args"]?.elements() ?? [] { conditions.append(try argument.condition()) }
        let included = try members["includes"].map { place throws(Refusal) in try scope(place) }
        let excluded = try members["excludes"].map { place throws(Refusal) in try scope(place) }
        if let included, !included.coversEverything { return nil }
        if let excluded, excluded.coversSomething { return nil }
        return FilterRule(answer, names, where: conditions)
    }

    /// What `includes` or `excludes` names, and whether it is here.
    private func scope(_ place: PlacedJSON) throws(Refusal) -> Scope {
        var scope = Scope()
        let members = try place.members(["caps", "arches", "minKernel"])
        for capability in try members["caps"]?.elements() ?? [] {
            guard try capability.text().hasPrefix("CAP_") else { throw capability.wrong("not a capability") }
            scope.add(false)
        }
        if let arches = try members["arches"]?.texts(), !arches.isEmpty {
            scope.add(arches.contains(nativeArchitectureOfGo))
        }
        if let minimum = members["minKernel"], minimum.value != .null {
            let wanted = try minimum.kernelRelease()
            scope.add(kernel.map { $0 >= wanted } ?? false)
        }
        return scope
    }

    private struct Scope {
        private var answers: [Bool] = []
        mutating func add(_ isHere: Bool) { answers.append(isHere) }
        var coversEverything: Bool { answers.allSatisfy { $0 } }
        var coversSomething: Bool { answers.contains(true) }
    }
}

extension PlacedJSON {
    fileprivate func notify() -> Refusal {
        wrong(
            "berth has nobody to decide call by call",
            hint: "SCMP_ACT_NOTIFY, listenerPath and listenerMetadata need a process that listens: take them out")
    }
}

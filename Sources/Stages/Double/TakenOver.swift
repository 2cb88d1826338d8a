import Glibc
import Linux
import Seccomp

#if DEBUG
    /// Plays a process of berth's that has been taken over, in builds for tests alone: where BERTH_TEST_TAKEN_OVER names a
    /// file, the process itself tries to get out, once its sandbox is complete, and goes on afterwards.
    ///
    /// The file gets a line for each attempt: its name, how it was refused or `SUCCEEDED`, and by what.
    struct TakenOver {
        private let page: SharedPage
        private let role: String

        /// Call it while the file can still be reached. nil where nobody asked.
        static func begin(as role: String) throws(SystemError) -> TakenOver? {
            guard let path = environmentBytes("BERTH_TEST_TAKEN_OVER"), !path.isEmpty else { return nil }
            let file = "\(String(decoding: path, as: UTF8.self)).\(role).\(ProcessID.current.rawValue)"
            return TakenOver(page: try SharedPage(file: file), role: role)
        }

        func attack(
            tree: FileReference, descriptors: FileReference?, filters: [FilterProfile], worker: TakenWorker? = nil
        ) {
            let place = TakenPlace(
                tree: Int(tree.number), descriptors: Int(descriptors?.number ?? -1), worker: worker)
            var words = ""
            for one in attempts(from: place) {
                words += "\(one.name)\t\(outcome(of: one, filters))\n"
                page.say(words)
            }
            page.say(words + "end\n")
        }

        private func outcome(of attempt: TakenAttempt, _ filters: [FilterProfile]) -> String {
            var last = 0
            for step in attempt.steps {
                guard let number = callNumber(step.call) else { return "\(step.call) is unknown\tnobody" }
                let arguments = step.arguments(last)
                do throws(Errno) { last = try rawCall(number, arguments) } catch {
                    let isFiltered = filters.contains { !$0.allows(step.call, arguments) }
                    return "\(step.call): \(error.name)\t\(isFiltered ? "seccomp" : defence(error))"
                }
                // Its child, where it may have one.
                if step.call == "clone" && last == 0 { _exit(0) }
            }
            return "SUCCEEDED\tnobody"
        }

        private func defence(_ error: Errno) -> String {
            switch error.rawValue {
            case EROFS: return "read-only source"
            case ENOENT: return "empty root"
            case EXDEV, ELOOP: return "beneath"
            case EACCES: return "Landlock"
            default: return "kernel"
            }
        }
    }

    extension FilterProfile {
        /// What the kernel will say: the filter is asked before anything else.
        fileprivate func allows(_ call: String, _ arguments: [Int]) -> Bool {
            let speaks = rules.contains { rule in
                guard rule.action != defaultAction, rule.names.contains(call) else { return false }
                let holds = rule.conditions.map { $0.holds(arguments) }
                let alternatives = Set(rule.conditions.map(\.index)).count < rule.conditions.count
                return holds.isEmpty || (alternatives ? holds.contains(true) : holds.allSatisfy { $0 })
            }
            return speaks != (defaultAction == .allow)
        }
    }

    extension ArgumentCondition {
        fileprivate func holds(_ arguments: [Int]) -> Bool {
            let given = Int(index) < arguments.count ? UInt64(bitPattern: Int64(arguments[Int(index)])) : 0
            switch comparison {
            case .notEqual: return given != value
            case .less: return given < value
            case .lessOrEqual: return given <= value
            case .equal: return given == value
            case .greaterOrEqual: return given >= value
            case .greater: return given > value
            case .maskedEqual: return given & value == second
            }
        }
    }

    /// What a process that has been taken over still holds.
    struct TakenPlace {
        var tree: Int
        /// The directory /proc/self/fd, by which files can be opened again.
        var descriptors: Int
        /// nil where it is no owner worker.
        var worker: TakenWorker?
        let parent = Int(ProcessID.parent.rawValue)
    }

    /// A way out: calls that must all work, each of which gets what the one before it answered.
    struct TakenAttempt {
        struct Step {
            var call: String
            var arguments: (Int) -> [Int]
        }

        var name: String
        var steps: [Step]

        init(_ name: String, _ call: String, _ arguments: Int...) {
            self.name = name
            steps = [Step(call: call) { _ in arguments }]
        }

        /// The same, and then another call with what the first answered.
        func then(_ call: String, _ arguments: @escaping (Int) -> [Int]) -> TakenAttempt {
            var both = self
            both.steps.append(Step(call: call, arguments: arguments))
            return both
        }
    }
#endif

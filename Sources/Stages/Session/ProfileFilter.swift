import Glibc
import Linux
import Plan
import Seccomp
import SessionFilters

/// The session's profile as programs that are not in force yet; none where there is only the filter that refuses namespaces.
struct ProfileFilters: Sendable {
    let programs: [FilterProgram]

    init(_ plan: SessionPlan) throws(RunFailure) {
        if !Defence.seccomp.isUp {
            programs = []
            return
        }
        switch plan.seccomp {
        case .standard: programs = SessionFilters.standard(allowingNamespaces: plan.allowsNamespaces)
        case .off: programs = []
        case .file(_, let profile):
            do { programs = [try .compiled(from: profile)] } catch {
                throw RunFailure(error, hint: error.reason == Errno(EEXIST) ? Self.contradiction : nil)
            }
        }
    }

    private static let contradiction = "two rules of the seccomp profile answer this call differently"

    /// The last thing before the command is executed: from here on only its own calls have to work.
    func load() throws(RunFailure) {
        for program in programs {
            do { try program.load() } catch {
                throw RunFailure(error, hint: "the kernel takes at most 4096 instructions in a filter")
            }
        }
    }

    /// What they are made of.
    func fact(of plan: SessionPlan) -> Fact {
        let profiles = plan.profiles
        if profiles.isEmpty { return Fact("seccomp_profile", .flag(false)) }
        let rules = profiles.flatMap(\.rules)
        return Fact(
            "seccomp_profile",
            .record([
                Fact("filters", .number(Int64(profiles.count))),
                Fact("rules", .number(Int64(rules.count))),
                Fact("names", .number(Int64(Set(rules.flatMap(\.names)).count))),
                Fact("unknown_names", .number(Int64(Set(programs.flatMap(\.unknownNames)).count))),
            ]))
    }
}

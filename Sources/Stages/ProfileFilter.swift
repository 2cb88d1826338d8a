import BasicContainers
import Glibc
import Linux
import Plan
import Seccomp

/// The session's profile as filters that are not in force yet; none where there is only the filter that refuses namespaces.
struct ProfileFilters: ~Copyable {
    private var filters = UniqueArray<Filter>()

    static func built(from plan: SessionPlan) throws(RunFailure) -> ProfileFilters {
        var all = ProfileFilters()
        if !Defence.seccomp.isUp { return all }
        for profile in plan.profiles {
            do { all.filters.append(try Filter.built(from: profile)) } catch {
                throw RunFailure(error, hint: error.reason == Errno(EEXIST) ? contradiction : nil)
            }
        }
        return all
    }

    var count: Int { filters.count }

    private static let contradiction = "two rules of the seccomp profile answer this call differently"

    /// The last thing before the command is executed: from here on only its own calls have to work.
    func load() throws(RunFailure) {
        for index in filters.indices {
            do { try filters[index].load() } catch {
                throw RunFailure(error, hint: "the kernel takes at most 4096 instructions in a filter")
            }
        }
    }
}

extension SessionPlan {
    /// What the session's profile is made of.
    var seccompFact: Fact {
        let profiles = profiles
        if profiles.isEmpty { return Fact("seccomp_profile", .flag(false)) }
        let rules = profiles.flatMap(\.rules)
        return Fact(
            "seccomp_profile",
            .record([
                Fact("filters", .number(Int64(profiles.count))),
                Fact("rules", .number(Int64(rules.count))),
                Fact("names", .number(Int64(Set(rules.flatMap(\.names)).count))),
                Fact("unknown_names", .number(Int64(Set(profiles.flatMap(\.unknownNames)).count))),
            ]))
    }
}

import Linux
import Seccomp

/// Writes the programs of Sources/SessionFilters, in Swift, to the file that is its argument. The plugin beside it runs it
/// when berth is built.
@main struct CompileFilters {
    static func main() throws {
        let file = try FileReference.workingDirectory.open(
            CommandLine.arguments[1], [.writeOnly, .create, .truncate], mode: 0o644)
        try file.write(try source().utf8)
    }

    /// What the numbers of the calls are, and what the profiles say, is this machine's: nothing for another one.
    private static func source() throws(SystemError) -> String {
        """
        import Seccomp

        #if !arch(\(architecture))
            #error("these filters are for another machine")
        #endif

        enum Programs {
            static let refusal = \(try program(SessionFilter.profile(allowingNamespaces: false)))
            static let refusalButNamespaces = \(try program(SessionFilter.profile(allowingNamespaces: true)))
            static let standard = [\(try programs(FilterProfile.ofSession(allowingNamespaces: false)))]
            static let standardWithNamespaces = [\(try programs(FilterProfile.ofSession(allowingNamespaces: true)))]
            static let servers = [\(try servers())]
        }

        """
    }

    private static func programs(_ profiles: [FilterProfile]) throws(SystemError) -> String {
        var texts: [String] = []
        for profile in profiles { texts.append(try program(profile)) }
        return texts.joined(separator: ", ")
    }

    /// The servers of `berth run`: of a home or of a shared tree, with local locks or the source's.
    private static func servers() throws(SystemError) -> String {
        var texts: [String] = []
        for (changes, locks) in [(true, false), (false, false), (true, true), (false, true)] {
            let requests = ServerFilter.requests(changes: changes, hasQueues: true)
            let filter = ServerFilter(
                requests: requests, changes: changes, locks: locks, actsForOthers: false, passesDescriptors: false)
            texts.append("ServerProgram(\(filter.inSource), \(try program(filter.profile(for: ServerProgram.nobody))))")
        }
        return texts.joined(separator: ", ")
    }

    private static func program(_ profile: FilterProfile) throws(SystemError) -> String {
        let program = try FilterProgram.compiled(from: profile, asTree: true)
        return "FilterProgram(instructions: \(program.instructions), unknownNames: \(program.unknownNames))"
    }

    private static var architecture: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "arm64"
        #elseif arch(powerpc64le)
            "powerpc64le"
        #elseif arch(riscv64)
            "riscv64"
        #else
            "s390x"
        #endif
    }
}

extension ServerFilter {
    /// As it is written in Swift.
    fileprivate var inSource: String {
        """
        ServerFilter(requests: \(requests), changes: \(changes), locks: \(locks), \
        actsForOthers: \(actsForOthers), passesDescriptors: \(passesDescriptors))
        """
    }
}

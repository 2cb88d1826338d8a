import Glibc
import Linux

extension Filter {
    /// The filter that a profile describes; not loaded yet.
    package static func built(from profile: FilterProfile) throws(SystemError) -> Filter {
        let filter = try Filter(defaultAction: profile.defaultAction)
        for name in profile.architectures { try filter.add(architecture: name) }
        if !profile.judgesNative { try filter.removeNativeArchitecture() }
        try filter.set(otherwise: profile.otherwise)
        try filter.set(profile.flags)
        // A rule that says the same as no rule is an error to libseccomp.
        for rule in profile.rules where rule.action != profile.defaultAction { try filter.add(rule) }
        for name in profile.foremost { try filter.lookFirst(for: name) }
        return filter
    }
}

extension FilterProfile {
    /// The names that the installed libseccomp does not know: no rule of the filter speaks of them.
    package var unknownNames: [String] {
        Set(rules.flatMap(\.names)).filter { callNumber($0) == nil }.sorted()
    }
}

/// The interfaces of other processors by which programs can call this machine's kernel, as libseccomp names them.
///
/// Not x32, which the filter of every session knows nothing of: its calls end the process.
package var compatibleArchitectures: [String] {
    #if arch(x86_64)
        ["x86"]
    #elseif arch(arm64)
        ["arm"]
    #elseif arch(s390x)
        ["s390"]
    #else
        []
    #endif
}

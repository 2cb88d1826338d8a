import Glibc

/// The version of the running kernel, uname(2): `6.1` of `6.1.0-18-amd64`.
package struct KernelRelease: Hashable, Sendable, Comparable {
    package var major: Int
    package var minor: Int

    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// nil where the kernel's release does not begin with two numbers.
    package static func current() throws(SystemError) -> KernelRelease? {
        var names = utsname()
        try attempt("uname") { uname(&names) }
        let release = withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let numbers = release.split(separator: ".", maxSplits: 2).prefix(2).map { Int($0.prefix { $0.isNumber }) }
        guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        return KernelRelease(major: major, minor: minor)
    }

    package static func < (one: KernelRelease, other: KernelRelease) -> Bool {
        (one.major, one.minor) < (other.major, other.minor)
    }
}

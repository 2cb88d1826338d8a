import Glibc
import Linux
import Plan
import Seccomp

/// The words of the OCI runtime's form, one value at a time.
extension PlacedJSON {
    /// SCMP_ACT_*, with the number that the call fails with, or that the tracer gets: EPERM if there is none.
    func action(number: PlacedJSON?, name: PlacedJSON?) throws(Refusal) -> FilterAction {
        let word = try text()
        let given = try Self.errorNumber(number, name)
        switch word {
        case "SCMP_ACT_ERRNO": return .fail(given ?? UInt16(EPERM))
        case "SCMP_ACT_TRACE": return .trace(given ?? UInt16(EPERM))
        default: break
        }
        if given != nil { throw wrong("'\(word)' has no error number") }
        switch word {
        case "SCMP_ACT_ALLOW": return .allow
        case "SCMP_ACT_LOG": return .log
        case "SCMP_ACT_TRAP": return .trap
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": return .killThread
        case "SCMP_ACT_KILL_PROCESS": return .killProcess
        case "SCMP_ACT_NOTIFY":
            throw wrong("berth has nobody to decide call by call", hint: "SCMP_ACT_NOTIFY needs a process that listens")
        default: throw wrong("'\(word)' is no action")
        }
    }

    /// `errnoRet`, or podman's `errno`, which is a name; where both are given they must say the same.
    private static func errorNumber(_ number: PlacedJSON?, _ name: PlacedJSON?) throws(Refusal) -> UInt16? {
        var given: UInt16?
        if let number, number.value != .null {
            let value = try number.number()
            guard value < 4095 else { throw number.wrong("\(value) is no error number") }
            given = UInt16(value)
        }
        guard let name, case let word = try name.text(), !word.isEmpty else { return given }
        let named = (1..<4095).first { strerrorname_np($0).map { String(cString: $0) } == word }
        guard let named else { throw name.wrong("'\(word)' is not the name of an error") }
        guard given == nil || given == UInt16(named) else {
            throw name.wrong("'\(word)' is another error than the number")
        }
        return UInt16(named)
    }

    /// SCMP_ARCH_*, as libseccomp names it.
    func architecture() throws(Refusal) -> String {
        let word = try text()
        let known = [
            "X86", "X86_64", "X32", "ARM", "AARCH64", "MIPS", "MIPS64", "MIPS64N32", "MIPSEL", "MIPSEL64",
            "MIPSEL64N32",
            "PPC", "PPC64", "PPC64LE", "S390", "S390X", "PARISC", "PARISC64", "RISCV64", "LOONGARCH64", "M68K", "SH",
            "SHEB",
        ]
        let prefix = "SCMP_ARCH_"
        guard word.hasPrefix(prefix), known.contains(String(word.dropFirst(prefix.count))) else {
            throw wrong("'\(word)' is no architecture")
        }
        return word.dropFirst(prefix.count).lowercased()
    }

    func architectures() throws(Refusal) -> [String] {
        var names: [String] = []
        for element in try elements() { names.append(try element.architecture()) }
        return names
    }

    /// One of `args`.
    func condition() throws(Refusal) -> ArgumentCondition {
        let members = try members(["index", "value", "valueTwo", "op"])
        guard let index = members["index"], let value = members["value"], let op = members["op"] else {
            throw wrong("index, value or op is missing")
        }
        let position = try index.number()
        guard position < 6 else { throw index.wrong("a call has arguments 0 to 5") }
        return ArgumentCondition(
            UInt32(position), try op.comparison(), try value.number(), try members["valueTwo"]?.number() ?? 0)
    }

    private func comparison() throws(Refusal) -> ArgumentCondition.Comparison {
        switch try text() {
        case "SCMP_CMP_NE": return .notEqual
        case "SCMP_CMP_LT": return .less
        case "SCMP_CMP_LE": return .lessOrEqual
        case "SCMP_CMP_EQ": return .equal
        case "SCMP_CMP_GE": return .greaterOrEqual
        case "SCMP_CMP_GT": return .greater
        case "SCMP_CMP_MASKED_EQ": return .maskedEqual
        case let other: throw wrong("'\(other)' is no comparison")
        }
    }

    /// `5.13`.
    func kernelRelease() throws(Refusal) -> KernelRelease {
        let parts = try text().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let major = Int(parts[0]), let minor = Int(parts[1])
        else { throw wrong("not a kernel's version, such as 5.13") }
        return KernelRelease(major: major, minor: minor)
    }
}

/// This machine's own interface, as libseccomp names it.
var nativeArchitecture: String {
    #if arch(x86_64)
        "x86_64"
    #elseif arch(arm64)
        "aarch64"
    #elseif arch(powerpc64le)
        "ppc64le"
    #elseif arch(riscv64)
        "riscv64"
    #else
        "s390x"
    #endif
}

/// The same as Go names it, whose names `includes` and `excludes` have.
var nativeArchitectureOfGo: String {
    switch nativeArchitecture {
    case "x86_64": "amd64"
    case "aarch64": "arm64"
    default: nativeArchitecture
    }
}

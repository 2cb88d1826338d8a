import Glibc
import Linux
import Plan
import Seccomp
import Testing

@testable import berth

private func read(_ text: String, kernel: KernelRelease = KernelRelease(major: 6, minor: 1)) throws -> FilterProfile {
    try SeccompFile(kernel: kernel).profile(try JSONReader.value(of: text))
}

private func refusal(_ text: String) -> String? {
    do {
        _ = try read(text)
        return nil
    } catch { return "\(error)" }
}

private func calls(_ rules: String) -> String { #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[\#(rules)]}"# }

@Suite struct ASeccompProfile {
    @Test func isReadInTheFormOfTheRuntime() throws {
        let profile = try read(
            """
            {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "flags": ["SECCOMP_FILTER_FLAG_LOG"],
             "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
             "syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
               {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "comment": "no namespaces",
                "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}]}
            """)
        #expect(profile.defaultAction == .fail(38))
        #expect(profile.flags == .log)
        let condition = ArgumentCondition(0, .maskedEqual, 2_114_060_288, 0)
        let expected = [FilterRule(.allow, ["read", "write"]), FilterRule(.allow, ["clone"], where: [condition])]
        #expect(profile.rules == expected)
        #if arch(x86_64)
            #expect(profile.architectures == ["x86"])
        #endif
    }

    @Test func mayHaveWhatTheEnginesAdd() throws {
        let profile = try read(
            """
            {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOSYS", "defaultErrnoRet": 38,
             "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}],
             "syscalls": [{"name": "bpf", "action": "SCMP_ACT_ERRNO", "errno": "EPERM", "args": null, "includes": {}}]}
            """)
        #expect(profile.defaultAction == .fail(UInt16(ENOSYS)))
        #expect(profile.rules == [FilterRule(.fail(UInt16(EPERM)), ["bpf"])])
        #if arch(x86_64)
            #expect(profile.architectures == ["x86"])
        #endif
    }

    @Test(arguments: [
        (#""includes":{"caps":["CAP_SYS_ADMIN"]}"#, false), (#""excludes":{"caps":["CAP_SYS_ADMIN"]}"#, true),
        (#""includes":{"caps":[]}"#, true), (#""includes":{"caps":null}"#, true),
        (#""includes":{"minKernel":"6.1"}"#, true), (#""includes":{"minKernel":"6.2"}"#, false),
        (#""includes":{"minKernel":"4.19"}"#, true), (#""excludes":{"minKernel":"5.0"}"#, false),
        (#""includes":{"arches":["pdp11"]}"#, false), (#""excludes":{"arches":["pdp11"]}"#, true),
        (#""includes":{"arches":["amd64","arm64"],"minKernel":"6.2"}"#, false),
    ])
    func appliesToThisKernelAndToNoCapability(_ scope: String, _ applies: Bool) throws {
        let profile = try read(calls(#"{"names":["read"],"action":"SCMP_ACT_LOG",\#(scope)}"#))
        #expect(profile.rules.isEmpty == !applies)
    }

    @Test(
        arguments: [
            ("ALLOW", .allow), ("LOG", .log), ("TRAP", .trap), ("KILL", .killThread), ("KILL_THREAD", .killThread),
            ("KILL_PROCESS", .killProcess), ("ERRNO", .fail(1)), ("TRACE", .trace(1)),
        ] as [(String, FilterAction)])
    func hasTheseActions(_ word: String, _ action: FilterAction) throws {
        let profile = try read(#"{"defaultAction":"SCMP_ACT_\#(word)"}"#)
        #expect(profile.defaultAction == action)
    }

    @Test(arguments: [
        ("{}", "no defaultAction"), ("[]", "expected an object, found a list"),
        (#"{"defaultAction":"SCMP_ACT_ALLOW","sycalls":[]}"#, "unknown key 'sycalls'"),
        (#"{"defaultAction":"ALLOW"}"#, "defaultAction: 'ALLOW' is no action"),
        (#"{"defaultAction":"SCMP_ACT_NOTIFY"}"#, "defaultAction: berth has nobody to decide call by call"),
        (
            #"{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/run/x"}"#,
            "listenerPath: berth has nobody to decide call by call"
        ),
        (
            #"{"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":1}"#,
            "defaultAction: 'SCMP_ACT_ALLOW' has no error number"
        ),
        (#"{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":5000}"#, "defaultErrnoRet: 5000 is no error number"),
        (
            #"{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":-1}"#,
            "defaultErrnoRet: -1 is not an integer from 0 to 18446744073709551615"
        ),
        (
            #"{"defaultAction":"SCMP_ACT_ERRNO","defaultErrno":"EFOO"}"#,
            "defaultErrno: 'EFOO' is not the name of an error"
        ),
        (
            #"{"defaultAction":"SCMP_ACT_ERRNO","defaultErrno":"EPERM","defaultErrnoRet":38}"#,
            "defaultErrno: 'EPERM' is another error than the number"
        ),
        (
            #"{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_PDP11"]}"#,
            "architectures[0]: 'SCMP_ARCH_PDP11' is no architecture"
        ),
        (
            #"{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86"],"archMap":[]}"#,
            "archMap: given besides architectures"
        ),
        (
            #"{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_X"]}"#,
            "flags[0]: 'SECCOMP_FILTER_FLAG_X' is no flag of a filter"
        ),
        (calls(#"{"action":"SCMP_ACT_LOG"}"#), "syscalls[0]: give names, or one name"),
        (calls(#"{"names":[],"action":"SCMP_ACT_LOG"}"#), "syscalls[0]: an empty name, or none"),
        (calls(#"{"names":["read"]}"#), "syscalls[0]: no action"),
        (calls(#"{"names":[1],"action":"SCMP_ACT_LOG"}"#), "syscalls[0].names[0]: expected a string, found a number"),
        (
            calls(#"{"names":["a"],"action":"SCMP_ACT_NOTIFY"}"#),
            "syscalls[0].action: berth has nobody to decide call by call"
        ),
        (calls(#"{"names":["a"],"action":"SCMP_ACT_LOG","arg":[]}"#), "syscalls[0]: unknown key 'arg'"),
        (
            calls(#"{"names":["a"],"action":"SCMP_ACT_LOG","args":[{"index":6,"value":0,"op":"SCMP_CMP_EQ"}]}"#),
            "syscalls[0].args[0].index: a call has arguments 0 to 5"
        ),
        (
            calls(#"{"names":["a"],"action":"SCMP_ACT_LOG","args":[{"index":0,"value":0,"op":"EQ"}]}"#),
            "syscalls[0].args[0].op: 'EQ' is no comparison"
        ),
        (
            calls(#"{"names":["a"],"action":"SCMP_ACT_LOG","includes":{"caps":["SYS_ADMIN"]}}"#),
            "syscalls[0].includes.caps[0]: not a capability"
        ),
        (
            calls(#"{"names":["a"],"action":"SCMP_ACT_LOG","includes":{"minKernel":"5"}}"#),
            "syscalls[0].includes.minKernel: not a kernel's version, such as 5.13"
        ),
    ])
    func isRefusedWithThePlace(_ text: String, _ message: String) { #expect(refusal(text) == message) }
}

@Suite struct AJSONDocument {
    @Test func isReadAsItStands() throws {
        let value = try JSONReader.value(
            of: " {\"a\\n\\u00e9\\ud83d\\ude00\": [1, -0.5e+3, true, false, null, \"\"] } ")
        let elements: [JSONValue] = [.number("1"), .number("-0.5e+3"), .truth(true), .truth(false), .null, .text("")]
        #expect(value == .object([JSONMember(name: "a\né😀", value: .list(elements))]))
        let largest = try JSONReader.value(of: "18446744073709551615")
        #expect(largest == .number("18446744073709551615"))
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "01", "1.", "1e", "-", "+1", ".5", "tru", "nul",
        "'a'",
        "\"a", "\"\t\"", "\"\\x\"", "\"\\u12\"", "\"\\u+123\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"",
        "\"\\u0000\"", "1 2", "[1]]", "// c\n1", "{\"a\":1,\"a\":2}", "NaN",
        String(repeating: "[", count: 65) + String(repeating: "]", count: 65),
    ])
    func isRefusedWhereItIsNone(_ text: String) {
        #expect(throws: Refusal.self) { try JSONReader.value(of: text) }
    }

    @Test func isRefusedWithTheLine() {
        let message = { (text: String) -> String? in
            do { _ = try JSONReader.value(of: text) } catch { return "\(error)" }
            return nil
        }
        #expect(message("{\n\"a\": 1,\n}") == "line 3: expected a string, found '}'")
        #expect(message("[1\n2]") == "line 2: expected ',' or ']', found '2'")
        #expect(message("{\"a\":1,\n\"a\":2}") == "line 2: expected 'a' only once in an object, found '\"'")
    }
}

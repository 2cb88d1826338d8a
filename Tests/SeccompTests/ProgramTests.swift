import CSeccomp
import Glibc
import Linux
import SessionFilters
import Testing

@testable import Seccomp

/// What was put together when berth was built, beside what libseccomp makes of the same profiles now.
@Suite struct TheFiltersOfSessions {
    @Test(arguments: [false, true]) func areThoseOfTheProfiles(allowingNamespaces: Bool) throws {
        for (profile, program) in try pairs(allowingNamespaces) {
            let now = try FilterProgram.compiled(from: profile, asTree: true)
            #expect(now == program)
        }
    }

    /// They search a tree for the call: the answer must be the one that a list of the calls gives.
    @Test(arguments: [false, true]) func answerEveryCallAsAListDoes(allowingNamespaces: Bool) throws {
        for (profile, program) in try pairs(allowingNamespaces) {
            let list = try FilterProgram.compiled(from: profile)
            for call in Self.calls {
                guard let answer = list.answer(to: call), program.answer(to: call) == answer else {
                    Issue.record("\(call): \(String(describing: program.answer(to: call)))")
                    break
                }
            }
        }
    }

    /// The comparison would be worth nothing if the calls all got one answer.
    @Test func areAskedForEveryAnswerTheyHave() throws {
        for (profile, program) in try pairs(false) {
            let answers = Set(Self.calls.compactMap(program.answer))
            let given = Set(profile.rules.map(\.action.code) + [profile.defaultAction.code, profile.otherwise.code])
            #expect(answers.isSuperset(of: given))
        }
    }

    /// The kernel looks at 32 bits of a family and of a protocol, and passes over the others.
    @Test(arguments: [0, 1 << 32, 1 << 63] as [UInt64], [false, true])
    func openNoSocketByBitsThatTheKernelPassesOver(more: UInt64, allowingNamespaces: Bool) throws {
        let filters = SessionFilters.standard(allowingNamespaces: allowingNamespaces)
        let refused: [[UInt64]] = [[16, 3, 9 | more], [16 | more, 3, 9], [40 | more, 1, 0], [38 | more, 5, 0]]
        for arguments in refused {
            for call in Self.socketCalls(arguments) {
                let answers = filters.compactMap { $0.answer(to: call) }
                #expect(answers.contains(FilterAction.fail(UInt16(EAFNOSUPPORT)).code), "\(call)")
            }
        }
        // NETLINK_ROUTE: what is refused is refused for what it is.
        for call in Self.socketCalls([16, 3, 0]) {
            #expect(filters.allSatisfy { $0.answer(to: call) == FilterAction.allow.code }, "\(call)")
        }
    }

    private static func socketCalls(_ arguments: [UInt64]) -> [FilteredCall] {
        guard let number = callNumber("socket") else { return [] }
        #if arch(x86_64)
            let native: UInt32 = 0xc000_003e
        #elseif arch(arm64)
            let native: UInt32 = 0xc000_00b7
        #elseif arch(powerpc64le)
            let native: UInt32 = 0xc000_0015
        #elseif arch(riscv64)
            let native: UInt32 = 0xc000_00f3
        #else
            let native: UInt32 = 0x8000_0016
        #endif
        return [FilteredCall(number: UInt32(bitPattern: number), architecture: native, arguments: arguments)]
    }

    private func pairs(_ allowingNamespaces: Bool) throws -> [(FilterProfile, FilterProgram)] {
        let profiles = FilterProfile.ofSession(allowingNamespaces: allowingNamespaces)
        let programs = SessionFilters.standard(allowingNamespaces: allowingNamespaces)
        try #require(profiles.count == programs.count)
        let refusal = (
            SessionFilter.profile(allowingNamespaces: allowingNamespaces),
            SessionFilters.refusal(allowingNamespaces: allowingNamespaces)
        )
        return [refusal] + zip(profiles, programs)
    }

    private static let calls: [FilteredCall] = architectures.flatMap { architecture in
        numbers.flatMap { number in
            (conditional.contains(number) ? arguments : [[]]).map {
                FilteredCall(number: number, architecture: architecture, arguments: $0)
            }
        }
    }

    /// AUDIT_ARCH_* of the machines that berth is built for, and of 32-bit programs there; and one that is none.
    private static let architectures: [UInt32] = [
        0xc000_003e, 0x4000_0003, 0xc000_00b7, 0x4000_0028, 0xc000_0015, 0xc000_00f3, 0x8000_0016, 0x16, 0,
    ]

    /// Those that are, those that will be, and those of x32.
    private static let numbers = [UInt32](0..<600) + (0x4000_0000..<0x4000_0240) + [0x7fff_ffff, 0x8000_0000, .max]

    /// On this machine, and of 32-bit programs on x86: clone, unshare, ioctl, socket and personality.
    private static let conditional = Set(
        ["clone", "unshare", "ioctl", "socket", "personality"].compactMap(callNumber).map(UInt32.init(bitPattern:))
            + [54, 120, 136, 310, 359])

    private static let arguments: [[UInt64]] = {
        let bits = (0..<64).map { 1 << UInt64($0) } + [.max, 0xffff_ffff, UInt64(TIOCSTI), UInt64(TIOCLINUX)]
        let values = [UInt64](0..<48) + bits + [0x20008, 0x1_0000_0000 | UInt64(TIOCSTI), 0x1_0000_0001]
        let alone = (0..<3).flatMap { index in values.map { [UInt64](repeating: 0, count: index) + [$0] } }
        return alone + values.map { [UInt64(AF_NETLINK), 0, $0] }
    }()
}

/// What was put together for servers that were not there yet.
@Suite struct TheFiltersOfServersToBe {
    @Test func areThoseOfTheirProfiles() throws {
        #expect(SessionFilters.servers.count == 4)
        for process in [ProcessID(1), .current, ProcessID(4_194_303)] {
            for server in SessionFilters.servers {
                let now = try FilterProgram.compiled(from: server.filter.profile(for: process), asTree: true)
                #expect(now == server.program(for: process))
            }
        }
    }

    @Test func letSignalsGoToTheServerAlone() throws {
        let tgkill = UInt32(bitPattern: try #require(callNumber("tgkill")))
        let refused = FilterAction.fail(UInt16(EPERM)).code
        for server in SessionFilters.servers {
            let program = server.program(for: ProcessID(77))
            let answers = [77, 78, 0, UInt64(ServerProgram.nobody.rawValue)].map {
                program.answer(to: FilteredCall(number: tgkill, architecture: seccomp_arch_native(), arguments: [$0]))
            }
            #expect(answers == [FilterAction.allow.code, refused, refused, refused])
        }
    }
}

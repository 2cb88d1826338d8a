import Glibc
import Testing

@testable import Seccomp

@Suite struct TheDefaultProfile {
    @Test func namesEachCallOnce() {
        let names = CallTable.allowed + CallTable.refused + CallTable.ofNamespaces + CallTable.ofContainers
        #expect(Set(names).count == names.count)
    }

    @Test func isKnownToTheLibraryForTheMostPart() {
        #expect(FilterProfile.standard(allowingNamespaces: false)[0].unknownNames.count < 40)
        #expect(!FilterProfile.standard(allowingNamespaces: false)[0].unknownNames.contains("openat"))
    }

    @Test func allowsNothingThatEverySessionIsRefused() {
        let refused = SessionFilter.profile(allowingNamespaces: false).rules.filter { $0.conditions.isEmpty }.flatMap(
            \.names)
        #expect(Set(CallTable.allowed).intersection(refused) == ["clone3"])
    }

    /// What one filter lets pass because of its interface, another has to judge.
    @Test func judgesEachInterfaceOnce() {
        let filters = FilterProfile.standard(allowingNamespaces: false)
        #expect(filters.filter(\.judgesNative).count == 1)
        #expect(filters.flatMap(\.architectures) == compatibleArchitectures)
        let session = SessionFilter.profile(allowingNamespaces: false)
        #expect(session.architectures == compatibleArchitectures && session.judgesNative)
    }

    @Test func answersUnknownCallsAsAnOlderKernelDoes() {
        #expect(FilterProfile.standard(allowingNamespaces: false)[0].defaultAction == .fail(UInt16(ENOSYS)))
    }

    @Test func canBeMadeAFilter() throws {
        for allowing in [false, true] {
            for profile in FilterProfile.standard(allowingNamespaces: allowing) { _ = try Filter.built(from: profile) }
        }
        _ = try Filter.built(from: .socketFamilies)
    }
}

@Suite struct TheFilterOfEverySession {
    @Test func canBeMadeAFilter() throws {
        _ = try Filter.built(from: SessionFilter.profile(allowingNamespaces: false))
        _ = try Filter.built(from: SessionFilter.profile(allowingNamespaces: true))
    }

    @Test func letsNoInterfacePassThatItDoesNotJudge() {
        #expect(SessionFilter.profile(allowingNamespaces: false).otherwise == .killThread)
        #expect(SessionFilter.profile(allowingNamespaces: true).otherwise == .killThread)
    }

    @Test func judgesTheOtherInterfacesOfTheProcessor() {
        #if arch(x86_64)
            #expect(SessionFilter.profile(allowingNamespaces: false).architectures == ["x86"])
        #endif
    }
}

@Suite struct AFilter {
    private func built(_ rules: [FilterRule], otherwise action: FilterAction = .allow) throws {
        _ = try Filter.built(from: FilterProfile(defaultAction: action, architectures: [], rules: rules))
    }

    @Test(
        arguments: [
            .log, .trace(7), .fail(4094), .trap, .killThread, .killProcess,
        ] as [FilterAction])
    func hasEveryAction(_ action: FilterAction) throws { try built([FilterRule(action, ["getpid"])]) }

    @Test(arguments: ArgumentCondition.Comparison.allCases)
    func comparesInEveryWay(_ comparison: ArgumentCondition.Comparison) throws {
        try built([FilterRule(.fail(1), ["read"], where: [ArgumentCondition(5, comparison, 1, 1)])])
    }

    @Test func takesSeveralConditionsOnOneArgumentForAlternatives() throws {
        let conditions = [ArgumentCondition(0, .equal, 1), ArgumentCondition(0, .equal, 2)]
        try built([FilterRule(.fail(1), ["read"], where: conditions)])
    }

    @Test func refusesTwoAnswersForOneCall() {
        let same = [ArgumentCondition(0, .equal, 1)]
        #expect(throws: (any Error).self) {
            try built([FilterRule(.fail(1), ["read"], where: same), FilterRule(.fail(2), ["read"], where: same)])
        }
    }

    @Test func takesARuleTwice() throws {
        let rule = FilterRule(.fail(1), ["read"], where: [ArgumentCondition(0, .equal, 1)])
        try built([rule, rule])
    }

    @Test func passesOverWhatTheLibraryDoesNotKnow() throws { try built([FilterRule(.fail(1), ["frobnicate"])]) }

    @Test func passesOverARuleThatSaysNothingNew() throws { try built([FilterRule(.allow, ["read"])]) }

    @Test func isRefusedForAnArgumentThatNoCallHas() {
        #expect(throws: (any Error).self) {
            try built([FilterRule(.fail(1), ["read"], where: [ArgumentCondition(6, .equal, 1)])])
        }
    }
}

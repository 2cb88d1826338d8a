import Linux
import Testing

@testable import Plan

private func plan(
    _ profile: Profile?, _ change: (inout Request) -> Void = { _ in }
) throws -> RunPlan {
    var wishes = try request()
    wishes.profile = profile
    change(&wishes)
    return try RunPlan(resolving: wishes, in: surroundings())
}

/// A setting as a line: the key, its value, and whether it was asked for.
private func lines(_ plan: RunPlan) -> [String] {
    plan.profileSettings.map { "\($0.key) \($0.value)\($0.isAsked ? " asked" : "")" }
}

@Suite struct Profiles {
    @Test func trustedIsWhatHoldsAnyway() throws {
        let trusted = try plan(.trusted)
        #expect(try plan(nil) == trusted)
        #expect(
            lines(trusted) == [
                "pid-namespace auto", "network host", "seccomp default", "allow-userns false",
                "keep-source-visible false", "new-session false", "clear-env false",
            ])
        #expect(trusted.session.limits.isEmpty && trusted.processNamespace == .auto)
    }

    @Test func untrustedLeavesOutWhatASessionCanDoWithout() throws {
        let untrusted = try plan(.untrusted)
        #expect(
            lines(untrusted) == [
                "pid-namespace require", "network none", "seccomp default", "allow-userns false",
                "keep-source-visible false", "new-session true", "clear-env true",
                "limit files=4096", "limit nproc=4096", "limit core=0",
            ])
        #expect(untrusted.processNamespace == .require && untrusted.session.network == NetworkMode.none)
        #expect(untrusted.session.seccomp == .standard && !untrusted.session.allowsNamespaces)
        #expect(untrusted.session.isNewSession && untrusted.session.environment.isCleared)
        #expect(untrusted.session.limits.allSatisfy { !$0.isFirm })
    }

    @Test func everySingleWishWins() throws {
        let mixed = try plan(.untrusted) { wishes in
            wishes.processNamespace = .off
            wishes.keepSourceVisible = true
            wishes.insideUser = UserID(1001)
            wishes.session.network = .host
            wishes.session.seccomp = .off
            wishes.session.allowsNamespaces = true
            wishes.session.newSession = false
            wishes.session.clearsEnvironment = false
            wishes.session.limits = [Limit(.files, 9), Limit(.fsize, 10)]
        }
        #expect(
            lines(mixed) == [
                "pid-namespace off asked", "network host asked", "seccomp off asked", "allow-userns true asked",
                "keep-source-visible true asked", "new-session false asked", "clear-env false asked",
                "limit files=9 asked", "limit fsize=10 asked", "limit nproc=4096", "limit core=0",
            ])
        #expect(mixed.processNamespace == .off && mixed.keepsSourcesVisible && mixed.session.network == .host)
        #expect(mixed.session.seccomp == .off && mixed.session.allowsNamespaces)
        #expect(!mixed.session.isNewSession && !mixed.session.environment.isCleared)
    }
}

/// A named set of wishes: whatever else is asked for wins over it.
package enum Profile: String, Hashable, Sendable, CaseIterable {
    /// For accounts that are trusted as accounts. What holds where no profile is named.
    case trusted
    /// For accounts that are not: everything that a session can do without is taken from it. One layer beneath a container
    /// or a virtual machine, not instead of it.
    case untrusted

    /// Reads one of the two words.
    package init(parsing text: String) throws(Refusal) {
        try self.init(word: text, "not a profile")
    }

    /// All that it says; what it leaves to the request is nil.
    package var wishes: Request {
        let isTrusted = self == .trusted
        var wishes = Request()
        wishes.processNamespace = isTrusted ? .auto : .require
        wishes.keepSourceVisible = false
        wishes.session.network = isTrusted ? .host : NetworkMode.none
        wishes.session.seccomp = .standard
        wishes.session.allowsNamespaces = false
        wishes.session.newSession = !isTrusted
        wishes.session.clearsEnvironment = !isTrusted
        wishes.session.limits = isTrusted ? [] : Self.limits
        return wishes
    }

    /// Enough for a notebook on a large machine; where berth itself has less, that is kept.
    private static let limits = [(LimitKind.files, 4096), (.nproc, 4096), (.core, 0)].map {
        Limit($0.0, $0.1, isFirm: false)
    }
}

/// One value that a profile has a say in, and who had it.
package struct ProfileSetting: Hashable, Sendable {
    /// As a configuration file calls it.
    package var key: String
    /// As the option takes it.
    package var value: String
    /// By an option or a configuration file; otherwise by the profile.
    package var isAsked: Bool
}

extension Request {
    /// These wishes, and the profile's where there are none here. Limits are wishes of their own, each by its name.
    func completed(by profile: Profile) -> Request {
        var all = completed(from: profile.wishes)
        let asked = session.limits ?? []
        all.session.limits =
            asked
            + (profile.wishes.session.limits ?? []).filter { limit in
                !asked.contains { $0.kind == limit.kind }
            }
        return all
    }

    /// What the profile has a say in, as it is once `whole` is complete.
    func settings(in whole: Request) -> [ProfileSetting] {
        let flag = { (flag: Bool?) in flag == true ? "true" : "false" }
        let wishes = whole.session
        let limits = (wishes.limits ?? []).map { limit in
            ProfileSetting(
                key: "limit", value: "\(limit.kind.rawValue)=\(limit.controlGroupText)", isAsked: limit.isFirm)
        }
        return [
            ProfileSetting(
                key: "pid-namespace", value: whole.processNamespace?.rawValue ?? "", isAsked: processNamespace != nil),
            ProfileSetting(key: "network", value: wishes.network?.rawValue ?? "", isAsked: session.network != nil),
            ProfileSetting(
                key: "seccomp", value: wishes.seccomp?.word ?? "", isAsked: session.seccomp != nil),
            ProfileSetting(
                key: "allow-userns", value: flag(wishes.allowsNamespaces), isAsked: session.allowsNamespaces != nil),
            ProfileSetting(
                key: "keep-source-visible", value: flag(whole.keepSourceVisible), isAsked: keepSourceVisible != nil),
            ProfileSetting(key: "new-session", value: flag(wishes.newSession), isAsked: session.newSession != nil),
            ProfileSetting(
                key: "clear-env", value: flag(wishes.clearsEnvironment), isAsked: session.clearsEnvironment != nil),
        ] + limits
    }
}

extension SeccompWish {
    fileprivate var word: String {
        switch self {
        case .standard: "default"
        case .off: "off"
        case .file(let path): path
        }
    }
}

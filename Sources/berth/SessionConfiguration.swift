import Plan

extension Configuration {
    /// The keys that say what surrounds the command.
    static let sessionKeys = ["seccomp"]

    mutating func sessionWishes() -> SessionWishes {
        var wishes = SessionWishes()
        wishes.seccomp = value("seccomp") { given throws(Refusal) in try SeccompWish(parsing: try given.text()) }
        return wishes
    }
}

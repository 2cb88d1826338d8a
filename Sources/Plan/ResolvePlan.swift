extension RunPlan {
    /// Decides what a run will do, or refuses; does nothing and asks only the account database of `surroundings`.
    package init(resolving request: Request, in surroundings: Surroundings) throws(Refusal) {
        let profile = request.profile ?? .trusted
        let asked = request
        let request = asked.completed(by: profile)
        guard let command = request.command, let program = command.first else {
            throw Refusal("no command", hint: "give it after the options: berth run [options] -- COMMAND [ARG...]")
        }
        guard !program.isEmpty else { throw Refusal("the command is an empty word") }
        let identity = try Identity(resolving: request, in: surroundings)
        let mounts = MountResolution(
            account: identity.account, workingDirectory: surroundings.workingDirectory)
        let planned = try mounts.mounts(request)
        self.init(
            identity: identity, mounts: planned,
            ownership: try OwnershipPlan(resolving: request, for: identity, in: surroundings),
            session: try SessionPlan(
                resolving: request.session, for: identity, home: planned.first { $0.kind == .home }?.target,
                in: surroundings), command: command)
        processNamespace = request.processNamespace ?? .auto
        self.profile = profile
        profileSettings = asked.settings(in: request)
        isFollowed = request.statusDescriptor != nil
        keepsSourcesVisible = request.keepSourceVisible ?? false
    }
}

import Linux

/// Promises about descriptors: none by which a session could answer as a file server, or leave its mounts.
extension ProcessFacts {
    func descriptorLines(_ role: ProcessRole, _ context: InspectionContext) -> [InspectionLine] {
        guard role == .session || role == .stranger else {
            let all = descriptors.value ?? []
            let place = InspectionLine.told("working directory", workingDirectory) { [$0.target] }
            if case .hidden = descriptors { return [place, InspectionLine("descriptors", ["hidden"], .notPromised)] }
            return [place] + all.map { InspectionLine("descriptor \($0.number)", [$0.target], .notPromised) }
        }
        let known = mounts.value.map { Set($0.map(\.entry.id)) }
        let directory = InspectionLine.promised(
            "working directory", workingDirectory, "on a mount of the session", show: { [$0.target] }
        ) { $0.liesOutside(known).map { !$0 } }
        guard case .seen(let all) = descriptors else {
            return [directory, InspectionLine("descriptors", ["hidden"], .unseen, Self.descriptorPromise)]
        }
        return [directory] + all.map { $0.line(known, context, Self.descriptorPromise) }
    }

    private static let descriptorPromise = "neither /dev/fuse nor a directory outside the session's mounts"
}

extension DescriptorFacts {
    fileprivate func line(_ mounts: Set<Int>?, _ context: InspectionContext, _ promise: String) -> InspectionLine {
        let item = "descriptor \(number)"
        let target = [target] + (number > 2 && context.recordedDescriptors[number] == target ? ["preserved"] : [])
        if isFuseDevice { return InspectionLine(item, target + ["the FUSE device"], .broken, promise) }
        guard let outside = liesOutside(mounts) else { return InspectionLine(item, target, .unseen, promise) }
        return InspectionLine(
            item, outside ? target + ["a directory outside"] : target, outside ? .broken : .holds, promise)
    }

    /// Whether it is a directory on none of these mounts; nil where that cannot be known. Files of other mounts may have
    /// been handed over as descriptors 0 to 2; no way leads on from them.
    fileprivate func liesOutside(_ mounts: Set<Int>?) -> Bool? {
        guard let file else { return nil }
        guard file.kind == .directory else { return false }
        return mounts.map { !$0.contains(file.mountID) }
    }
}

import Linux

/// One thing that is so, and whether it had to be.
package struct InspectionLine: Hashable, Sendable {
    package enum Mark: String, Hashable, Sendable {
        case holds
        case broken
        /// Promised, but whoever inspects has not the right to see it, or /proc does not tell it.
        case unseen
        case notPromised = "not-promised"
    }

    /// What it is about, such as `effective` or `descriptor 3`.
    package var item: String
    /// As the kernel says it. A name in it may be the inspected process's choice: print it with care.
    package var value: [String]
    package var mark: Mark
    /// What was promised; nil where nothing was.
    package var promise: String?

    init(_ item: String, _ value: [String], _ mark: Mark, _ promise: String? = nil) {
        self.item = item
        self.value = value
        self.mark = mark
        self.promise = promise
    }

    /// Something that was promised: judged where it can be seen. `rule` answers nil where this place cannot judge it.
    static func promised<Value>(
        _ item: String, _ seen: Seen<Value>, _ promise: String, show: (Value) -> [String], rule: (Value) -> Bool?
    ) -> InspectionLine {
        guard case .seen(let value) = seen, let holds = rule(value) else {
            return InspectionLine(item, seen.value.map(show) ?? [], .unseen, promise)
        }
        return InspectionLine(item, show(value), holds ? .holds : .broken, promise)
    }

    /// Something that was not promised; told where it can be seen.
    static func told<Value>(_ item: String, _ seen: Seen<Value>, show: (Value) -> [String]) -> InspectionLine {
        switch seen {
        case .seen(let value): InspectionLine(item, show(value), .notPromised)
        case .hidden: InspectionLine(item, ["hidden"], .notPromised)
        case .missing: InspectionLine(item, ["none"], .notPromised)
        }
    }
}

/// What was found out about one process, or about what all of the session's processes share.
package struct InspectionSection: Hashable, Sendable {
    package var role: ProcessRole
    package var process: Int32
    /// What the process calls itself: it may call itself anything.
    package var name: String
    package var lines: [InspectionLine]
}

/// What `berth inspect` found out.
package struct Inspection: Hashable, Sendable {
    /// The supervisor, or the root of a tree that berth did not start.
    package var top: Int32
    package var isOfBerth: Bool
    /// One for each process; then one for the mounts of the session.
    package var sections: [InspectionSection]

    /// No promise is seen to be broken.
    package var holds: Bool { count(.broken) == 0 }

    package func count(_ mark: InspectionLine.Mark) -> Int {
        sections.reduce(0) { $0 + $1.lines.count { $0.mark == mark } }
    }
}

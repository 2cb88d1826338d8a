/// What the session may use at most, and who holds it to that.
package struct Limit: Hashable, Sendable {
    package var kind: LimitKind
    /// Bytes, seconds or a number of things; of `cpu` microseconds of work in each tenth of a second.
    package var value: UInt64

    /// Whether there is no session without it; otherwise a lower one that berth has itself will do.
    package var isFirm: Bool

    package init(_ kind: LimitKind, _ value: UInt64, isFirm: Bool = true) {
        self.kind = kind
        self.value = value
        self.isFirm = isFirm
    }
}

package enum LimitKind: String, Hashable, Sendable, CaseIterable {
    // The whole session together, by a cgroup(7).
    case memory, swap, cpu, pids
    case hugePages = "hugetlb.2MB"
    // Each process by itself, by setrlimit(2); of nproc all of the session's user namespace.
    case files, core, fsize, stack, nproc, memlock, cputime

    fileprivate var unit: Unit {
        switch self {
        case .memory, .swap, .hugePages, .core, .fsize, .stack, .memlock: .bytes
        case .cpu: .processors
        case .pids, .files, .nproc, .cputime: .count
        }
    }

    /// Nothing at all can be meant of these.
    fileprivate var mayBeZero: Bool {
        switch self {
        case .swap, .hugePages, .core, .fsize, .memlock: true
        case .memory, .cpu, .pids, .files, .stack, .nproc, .cputime: false
        }
    }
}

private enum Unit { case bytes, processors, count }

extension LimitKind {
    /// The controller of cgroup v2 that holds it, and the file of the cgroup; nil where setrlimit(2) does.
    package var controlGroupFile: (controller: String, file: String)? {
        switch self {
        case .memory: ("memory", "memory.max")
        case .swap: ("memory", "memory.swap.max")
        case .cpu: ("cpu", "cpu.max")
        case .pids: ("pids", "pids.max")
        case .hugePages: ("hugetlb", "hugetlb.2MB.max")
        case .files, .core, .fsize, .stack, .nproc, .memlock, .cputime: nil
        }
    }
}

/// The period of cpu.max, in microseconds.
private let processorPeriod: UInt64 = 100_000

extension Limit {
    /// As the cgroup's file takes it.
    package var controlGroupText: String { kind == .cpu ? "\(value) \(processorPeriod)" : "\(value)" }

    /// Reads `memory=4G,cpu=0.5,files=4096`: every name once.
    package static func parse(_ text: String) throws(Refusal) -> [Limit] {
        var limits: [Limit] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let limit = try Limit(parsing: String(item))
            guard !limits.contains(where: { $0.kind == limit.kind }) else {
                throw Refusal("'\(text)': \(limit.kind.rawValue) is given twice")
            }
            limits.append(limit)
        }
        return limits
    }

    private init(parsing text: String) throws(Refusal) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let kind = LimitKind(rawValue: parts[0]), parts.count == 2 else {
            let names = LimitKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Refusal("'\(text)': not a limit", hint: "NAME=VALUE, and the names are \(names)")
        }
        let value =
            switch kind.unit {
            case .bytes: size(parts[1])
            case .processors: processorTime(parts[1])
            case .count: number(parts[1])
            }
        guard let value, value > 0 || kind.mayBeZero else {
            throw Refusal("'\(text)': not a value for \(kind.rawValue)", hint: kind.unit.hint)
        }
        self.init(kind, value)
    }
}

extension Unit {
    fileprivate var hint: String {
        switch self {
        case .bytes: "bytes, or with K, M, G or T behind, such as 4G"
        case .processors: "processors, from 0.01 up, such as 2 or 0.5"
        case .count: "a decimal number"
        }
    }
}

/// Digits without a zero before others; less than what the kernel takes for no limit.
private func number(_ text: some StringProtocol) -> UInt64? {
    let digits = text.utf8
    guard !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }), digits.count == 1 || digits.first != 48
    else { return nil }
    return UInt64(text).flatMap { $0 <= UInt64(Int64.max) ? $0 : nil }
}

private func size(_ text: String) -> UInt64? {
    let units: [Character: UInt64] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
    guard let last = text.last, let unit = units[last] else { return number(text) }
    guard let count = number(text.dropLast()) else { return nil }
    let (bytes, overflows) = count.multipliedReportingOverflow(by: unit)
    return overflows || bytes > UInt64(Int64.max) ? nil : bytes
}

/// `1.5` is 150000 microseconds in each period; the kernel takes 1000 of them at least.
private func processorTime(_ text: String) -> UInt64? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = number(parts[0]), whole < 1_000_000 else { return nil }
    var fraction: UInt64 = 0
    if parts.count == 2 {
        guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        fraction = UInt64(parts[1] + String(repeating: "0", count: 3 - parts[1].utf8.count))!
    }
    let time = whole * processorPeriod + fraction * processorPeriod / 1000
    return time >= 1000 ? time : nil
}

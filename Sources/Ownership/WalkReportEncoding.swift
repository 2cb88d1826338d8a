import Glibc
import Linux

/// For the channel between two processes: numbers in decimal, then the lines, parted by NUL bytes.
extension WalkReport {
    /// A report with more owners leaves out those with the fewest entries: a message of the channel holds 64 KiB.
    private static let encodedOwners = 100

    package func encode() -> [UInt8] {
        let owners = owners.sorted { $0.value.entries > $1.value.entries }.prefix(Self.encodedOwners)
        var numbers = [UInt64(ending.rawValue), UInt64(listed.count), UInt64(noticed.count), UInt64(owners.count)]
        numbers += numbersOfEntries
        for (owner, count) in owners {
            numbers += [UInt64(owner.user), UInt64(owner.group), count.entries, count.wrong]
        }
        return Array((numbers.map { "\($0)" } + [failure ?? ""] + listed + noticed).joined(separator: "\0").utf8)
    }

    /// EPROTO where the bytes are not what `encode` gives.
    package init(decoding bytes: [UInt8]) throws(SystemError) {
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: "\0", omittingEmptySubsequences: false)
        var rest = fields[...]
        let head = try takeNumbers(4, &rest)
        guard let ending = UInt8(exactly: head[0]).flatMap(WalkEnding.init) else { throw notAReport }
        self.init()
        self.ending = ending
        numbersOfEntries = try takeNumbers(numbersOfEntries.count, &rest)
        for _ in 0..<min(head[3], UInt64(Self.encodedOwners)) {
            let owner = try takeNumbers(4, &rest)
            owners[Owner(user: UInt32(truncatingIfNeeded: owner[0]), group: UInt32(truncatingIfNeeded: owner[1]))] =
                OwnerCount(entries: owner[2], wrong: owner[3])
        }
        guard let failure = rest.popFirst() else { throw notAReport }
        self.failure = failure.isEmpty ? nil : String(failure)
        guard head[1] <= Self.listLimit, head[2] <= Self.listLimit, UInt64(rest.count) == head[1] + head[2] else {
            throw notAReport
        }
        listed = rest.prefix(Int(head[1])).map(String.init)
        noticed = rest.suffix(Int(head[2])).map(String.init)
    }
}

private let notAReport = SystemError("recv", on: "report", Errno(EPROTO))

private func takeNumbers(_ count: Int, _ fields: inout ArraySlice<Substring>) throws(SystemError) -> [UInt64] {
    let numbers = fields.prefix(count).compactMap { UInt64($0) }
    guard numbers.count == count else { throw notAReport }
    fields = fields.dropFirst(count)
    return numbers
}

/// One line of /proc/PID/uid_map or gid_map, user_namespaces(7): `count` ids from `inside` on are those from `outside` on.
package struct IdentityMapLine: Hashable, Sendable {
    package var inside: UInt32
    package var outside: UInt32
    package var count: UInt32

    package init(inside: UInt32, outside: UInt32, count: UInt32) {
        self.inside = inside
        self.outside = outside
        self.count = count
    }
}

/// The whole of a uid_map or gid_map.
package struct IdentityMap: Hashable, Sendable {
    package var lines: [IdentityMapLine]

    package init(lines: [IdentityMapLine]) { self.lines = lines }

    /// Reads the kernel's text; nil where it is no such text.
    package init?(parsing text: String) {
        lines = []
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let numbers = line.split(separator: UInt8(ascii: " ")).map { UInt32(Substring($0)) }
            guard numbers.count == 3, let inside = numbers[0], let outside = numbers[1], let count = numbers[2]
            else { return nil }
            lines.append(IdentityMapLine(inside: inside, outside: outside, count: count))
        }
    }

    /// The map of the initial user namespace, in which every id is itself.
    package static let initial = IdentityMap(lines: [
        IdentityMapLine(inside: 0, outside: 0, count: UInt32.max)
    ])

    /// What an id of this namespace is in the one outside; nil where it is not mapped.
    package func outside(of inside: UInt32) -> UInt32? {
        for line in lines where inside >= line.inside && inside - line.inside < line.count {
            let (sum, overflow) = line.outside.addingReportingOverflow(inside - line.inside)
            return overflow ? nil : sum
        }
        return nil
    }

    /// What an id outside is in this namespace; nil where it is not mapped.
    package func inside(of outside: UInt32) -> UInt32? {
        for line in lines where outside >= line.outside && outside - line.outside < line.count {
            let (sum, overflow) = line.inside.addingReportingOverflow(outside - line.outside)
            return overflow ? nil : sum
        }
        return nil
    }
}

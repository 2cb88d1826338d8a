import Glibc
import Linux
import Testing

@testable import Ownership

@Suite struct ReportTests {
    @Test func aReportSurvivesTheChannel() throws {
        var report = WalkReport()
        report.entries = 12
        report.changed = UInt64.max
        report.setIDKept = 3
        report.list("a\nb", "it is immutable")
        #expect(try WalkReport(decoding: report.encode()) == report)
    }

    @Test(arguments: ["", "1", "1\0x", "a\0b\0c\0d\0e\0f\0g\0h\0i"])
    func whatIsNoReportIsRefused(text: String) {
        #expect(throws: SystemError.self) { try WalkReport(decoding: Array(text.utf8)) }
    }

    @Test func twentyAreListedAndAllAreCounted() {
        var report = WalkReport()
        for number in 0..<50 { report.list("\(number)", "no") }
        #expect(report.listed.count == 20)
    }
}

@Suite struct GoalTests {
    private let goal = OwnershipGoal(user: 1001, group: 1001, acceptedGroups: [50])

    @Test(arguments: [(1001, 1001, true), (1001, 50, true), (1001, 0, false), (0, 1001, false), (0, 50, false)])
    func anyGroupOfTheAccountIsRight(user: UInt32, group: UInt32, right: Bool) {
        var status = stat()
        status.st_uid = user
        status.st_gid = group
        #expect(goal.isMet(by: status) == right)
    }
}

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
        report.countRefusal(.immutable, 7)
        report.ending = .deadline
        report.owners[Owner(user: 1, group: 2)] = OwnerCount(entries: 3, wrong: 4)
        report.list(Finding(path: Array("a\nb".utf8), kind: .refused(.immutable), detail: "it is immutable"))
        report.list(Finding(path: [0xff], kind: .setIDKept, detail: "it kept them"))
        #expect(try WalkReport(decoding: report.encode()) == report)
    }

    @Test(arguments: ["", "1", "1\0x", "a\0b\0c\0d\0e\0f\0g\0h\0i"])
    func whatIsNoReportIsRefused(text: String) {
        #expect(throws: SystemError.self) { try WalkReport(decoding: Array(text.utf8)) }
    }

    @Test func twentyAreListedAndAllAreCounted() {
        var report = WalkReport()
        for number in 0..<50 { report.list(Finding(path: [UInt8(number) + 48], kind: .wrong, detail: "no")) }
        #expect(report.listed.count == 20)
        #expect(report.noticed.isEmpty)
    }

    @Test func theLongestReportFitsTheChannel() throws {
        var report = WalkReport()
        for _ in 0..<20 {
            let path = [UInt8](repeating: 0xff, count: 100_000)
            report.list(Finding(path: path, kind: .wrong, detail: "belongs to 4294967294:4294967294, not to 1:1"))
            report.list(Finding(path: path, kind: .setIDKept, detail: "it kept its set-id bits"))
        }
        for owner in 0..<1000 as Range<UInt32> {
            report.owners[Owner(user: .max - owner, group: .max)] = OwnerCount(entries: .max, wrong: .max)
        }
        #expect(report.encode().count < 65536)
        #expect(try WalkReport(decoding: report.encode()).owners.count == 100)
    }
}

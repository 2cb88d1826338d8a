import Foundation
import Linux
import Ownership
import Plan
import Testing

@testable import Stages
@testable import berth

private func outcome(_ ending: WalkEnding = .complete, signal: Int32? = nil, _ change: (inout WalkReport) -> Void)
    -> OwnOutcome
{
    var report = WalkReport()
    report.ending = ending
    change(&report)
    return OwnOutcome(report: report, signal: signal, milliseconds: 61_250, dryRun: false)
}

@Suite struct OwnOutcomes {
    @Test func haveTheirOwnExitStatus() {
        #expect(outcome { $0.changed = 5 }.status == 0)
        #expect(outcome { $0.vanished = 5 }.status == 0)
        #expect(outcome { $0.refused = 1 }.status == 1)
        #expect(outcome { $0.different = 1 }.status == 1)
        #expect(outcome(.hopeless) { $0.refused = 1 }.status == 1)
        #expect(outcome(.deadline) { $0.refused = 1 }.status == 2)
        #expect(outcome(.recordFailed) { $0.changed = 1 }.status == 3)
        #expect(outcome(.cancelled, signal: 15) { $0.changed = 1 }.status == 143)
    }

    @Test func sayWhatThereIsToSay() {
        let text = outcome {
            $0.entries = 10
            $0.changed = 7
            $0.right = 2
            $0.refused = 1
        }.text(nil)
        #expect(text == "10 entries in 61.2 s: 7 changed, 2 right, 1 refused")
        #expect(outcome { $0.entries = 0 }.text(nil) == "0 entries in 61.2 s")
    }

    @Test func tellHowFarTheyCame() {
        let late = outcome(.deadline) {
            $0.entries = 99
            $0.left = 3
        }
        #expect(late.troubles.map(\.message) == ["the deadline passed after 99 entries, 3 known to be wrong left"])
        #expect(late.troubles[0].hint != nil)
        #expect(outcome { $0.changed = 1 }.troubles.isEmpty)
    }

    @Test func areOneLineOfJSONWithEveryCount() throws {
        let line = outcome(.cancelled, signal: 2) {
            $0.entries = 5
            $0.unselected = 4
        }.record.json
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["version"] as? Int == 1 && object["event"] as? String == "own-ended")
        #expect(object["status"] as? Int == 130 && object["ending"] as? String == "signal")
        #expect(object["entries"] as? Int == 5 && object["unselected"] as? Int == 4)
        #expect(object["elapsed_ms"] as? Int == 61_250 && object["other_mounts"] as? Int == 0)
    }
}

@Suite struct HostilePaths {
    @Test(
        arguments: [
            (Array("plain".utf8), "plain"), (Array("a\u{1b}[2J".utf8), "a\\u{1b}[2J"),
            (Array("\u{202e}x\u{9b}".utf8), "\\u{202e}x\\u{9b}"), ([0xff, 0x0a, 0x61], "\\xff\\x0aa"),
            (Array("é".utf8), "é"), (Array("é".utf8) + [0xc3], "\\xc3\\xa9\\xc3"),
        ] as [([UInt8], String)])
    func areWrittenOutForPeople(path: [UInt8], shown: String) { #expect(printable(bytes: path) == shown) }

    @Test func ofGreatLengthShowTheirEnd() {
        let shown = printable(bytes: [UInt8](repeating: 97, count: 5000) + Array("/end".utf8))
        #expect(shown.utf8.count == 400 && shown.hasPrefix("...a") && shown.hasSuffix("a/end"))
    }

    @Test func keepTheirBytesForPrograms() {
        let finding = Finding(path: [], kind: .refused(.immutable), detail: "d")
        #expect(
            finding.record([0x2f, 0xff, 0x0a]).json
                == #"{"version":1,"event":"finding","kind":"immutable","path":"/\#u{fffd}\u000a","path_hex":"2fff0a","detail":"d"}"#
        )
        #expect(
            finding.record(Array("/\u{9b}\u{1f600}".utf8)).json
                == #"{"version":1,"event":"finding","kind":"immutable","path":"/\u009b\#u{1f600}","detail":"d"}"#)
    }
}

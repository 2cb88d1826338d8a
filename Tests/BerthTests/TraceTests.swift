import Foundation
import Fuse
import Glibc
import Linux
import Testing

@testable import berth

private func record(_ path: [UInt8], _ outcome: RequestRecord.Outcome = .answered([])) -> RequestRecord {
    var record = RequestRecord(operation: "lookup", node: 1)
    record.path = NodePath(path)
    record.outcome = outcome
    record.nanoseconds = 31_456
    return record
}

@Suite("A line of the trace") struct TraceLines {
    @Test("reads as documented")
    func reads() {
        var open = record(Array("a/b c".utf8), .answered([Detail("handle", .number(7)), Detail("flags", .names([]))]))
        open.operation = "open"
        open.arguments = [Detail("flags", .names(["O_RDWR", "O_TRUNC"])), Detail("mode", .octal(0o644))]
        #expect(open.line == #"open "a/b c" flags=O_RDWR|O_TRUNC mode=0644 -> handle=7 flags=0 [31.4 us]"#)
        var rename = record(Array("a".utf8))
        rename.operation = "rename"
        rename.target = NodePath(Array("b".utf8))
        #expect(rename.line == #"rename "a" to "b" -> ok [31.4 us]"#)
    }

    @Test("names errors, the root, what is removed, and a node without a path")
    func errors() {
        #expect(record([], .failed(Errno(ENOENT))).line == #"lookup "." -> ENOENT [31.4 us]"#)
        #expect(record([97], .failed(Errno(998))).line == #"lookup "a" -> 998 [31.4 us]"#)
        var gone = record([97], .unanswered)
        gone.path?.isRemoved = true
        #expect(gone.line == #"lookup "a" (removed) [31.4 us]"#)
        gone.path = nil
        #expect(gone.line == "lookup node=1 [31.4 us]")
        gone.node = 0
        #expect(gone.line == "lookup [31.4 us]")
    }

    @Test("a name breaks neither the line nor the terminal")
    func hostileNames() {
        let hostile: [UInt8] =
            [27, 91, 51, 49, 109, 10, 13, 9, 255, 34, 92, 195] + Array("é\u{9b}\u{202e}\u{2028}".utf8)
        #expect(
            NameText.quoted(hostile) == #""\u{1b}[31m\n\r\t\xff\"\\\xc3é\u{9b}\u{202e}\u{2028}""#)
    }

    @Test("every byte can be in a name, and none of them acts on a terminal")
    func everyByte() {
        for first in UInt8.min...UInt8.max {
            for second in [UInt8(0), 10, 27, 65, 128, 155, 255] {
                let text = NameText.quoted([first, second, first])
                let acts = text.unicodeScalars.contains { $0.value < 32 || (127...159).contains($0.value) }
                #expect(!acts, "\(first) \(second): \(text)")
            }
        }
    }
}

@Suite("A line of the trace for programs") struct TraceObjects {
    private func parsed(_ record: RequestRecord) throws -> [String: Any] {
        let text = record.record.json
        let acts = text.unicodeScalars.contains { $0.value < 32 || (127...159).contains($0.value) }
        #expect(!acts && !text.unicodeScalars.contains("\u{2028}") && !text.unicodeScalars.contains("\u{202e}"))
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// As the manual tells to read it: `\xHH` is a byte, `\\` a backslash.
    private func bytes(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte != 92 {
                bytes.append(byte)
            } else if rest.first == 92 {
                bytes.append(rest.removeFirst())
            } else {
                bytes.append(UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)!)
                rest = rest.dropFirst(3)
            }
        }
        return bytes
    }

    @Test("has its members, with the result or the error")
    func members() throws {
        var change = record(Array("a".utf8), .answered([Detail("mode", .octal(0o100644))]))
        change.target = NodePath([])
        change.arguments = [
            Detail("flags", .names(["A", "B"])), Detail("owner", .hexadecimal(.max)), Detail("offset", .signed(-1)),
        ]
        let object = try parsed(change)
        #expect(object["operation"] as? String == "lookup" && object["node"] as? Int == 1)
        #expect(object["path"] as? String == "a" && object["target"] as? String == ".")
        let arguments = try #require(object["arguments"] as? [String: Any])
        #expect(arguments["flags"] as? [String] == ["A", "B"] && arguments["offset"] as? Int == -1)
        #expect(arguments["owner"] as? String == "0xffffffffffffffff")
        #expect((object["result"] as? [String: Any])?["mode"] as? String == "0100644")
        #expect(object["microseconds"] as? Double == 31.456 && object["error"] == nil)
        let failed = try parsed(record([97], .failed(Errno(EACCES))))
        #expect(failed["error"] as? String == "EACCES" && failed["result"] == nil)
        let silent = try parsed(record([97], .unanswered))
        #expect(silent["error"] == nil && silent["result"] == nil)
    }

    @Test("any name can be had back from it")
    func hostileNames() throws {
        let names: [[UInt8]] = [
            [27, 91, 10, 255, 92, 120, 102, 102], Array("\\xff \\\\ é\u{1F600}\u{202e}\u{2028}\u{e0001}\u{9b}".utf8),
            [237, 160, 128], [192, 128], [240, 159, 152], Array(1...255),
        ]
        for name in names {
            let object = try parsed(record(name))
            let path = try #require(object["path"] as? String)
            #expect(bytes(path) == name)
        }
    }
}

@Suite("The table of SIGUSR1") struct StatisticsTables {
    private let statistics = Statistics(
        milliseconds: 12_345,
        operations: [
            OperationStatistics(
                operation: "lookup", requests: 1204, median: 9_120, percentile99: 41_000, maximum: 812_499,
                errors: [.init(Errno(ENOENT), 17), .init(Errno(EACCES), 1)]),
            OperationStatistics(
                operation: "init", requests: 1, median: 90, percentile99: 90, maximum: 90, errors: []),
        ],
        total: OperationStatistics(
            operation: "all", requests: 1205, median: 9_120, percentile99: 41_000, maximum: 812_499,
            errors: [.init(Errno(ENOENT), 17), .init(Errno(EACCES), 1)]))

    @Test("has a line for each operation and one for all")
    func table() {
        #expect(
            statistics.table == """
                berth: 1205 requests in 12.3 s
                operation  requests  median us  99% us  maximum us  errors
                lookup         1204        9.1    41.0       812.4  ENOENT 17, EACCES 1
                init              1        0.0     0.0         0.0  -
                all            1205        9.1    41.0       812.4  ENOENT 17, EACCES 1

                """)
    }

    @Test("is one line of JSON beside a trace for programs")
    func object() throws {
        let text = statistics.record.json
        #expect(!text.contains("\n"))
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [String: Any]]
        let operations = try #require(object?["statistics"]?["operations"] as? [[String: Any]])
        #expect(operations.map { $0["operation"] as? String } == ["lookup", "init", "all"])
        #expect(operations[0]["requests"] as? Int == 1204 && operations[1]["median_microseconds"] as? Double == 0.09)
        #expect(operations[0]["errors"] as? [String: Int] == ["ENOENT": 17, "EACCES": 1])
    }
}

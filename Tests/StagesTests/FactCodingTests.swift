import Plan
import Testing

@testable import Stages

/// Facts that travel between two of berth's processes arrive as they were, or not at all.
@Suite struct FactCodingTests {
    private let facts = [
        Fact("text", .text("a\u{0}\n\u{1F600}")), Fact("number", .number(-1)), Fact("flag", .flag(true)),
        Fact("thousandths", .thousandths(1_500)),
        Fact("", .list([.number(.max), .list([]), .record([Fact("in", .flag(false))])])), Fact("none", .record([])),
    ]

    @Test func theyArriveWhole() {
        #expect(FactCoding.decode(FactCoding.encode(facts)) == facts)
        #expect(FactCoding.decode(FactCoding.encode([])) == [])
    }

    @Test func aPartIsNothing() {
        let bytes = FactCoding.encode(facts)
        for length in 0..<bytes.count { #expect(FactCoding.decode(Array(bytes.prefix(length))) == nil) }
        #expect(FactCoding.decode(bytes + [0]) == nil)
    }

    @Test func lengthsThatAreTooLargeAreNothing() {
        let huge = [UInt8](repeating: 0xFF, count: 8)
        for kind in ["t", "l", "r", "f", "x"] as [Unicode.Scalar] {
            #expect(FactCoding.decode([UInt8(ascii: kind)] + huge) == nil)
        }
    }

    @Test func depthIsBounded() {
        let deep = (0..<20).reduce(FactValue.flag(true)) { inner, _ in .list([inner]) }
        #expect(FactCoding.decode(FactCoding.encode([Fact("deep", deep)])) == nil)
    }
}

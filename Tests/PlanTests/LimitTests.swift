import Testing

@testable import Plan

@Suite struct Limits {
    @Test(
        arguments: [
            ("memory=4G", .memory, 4 << 30, "4294967296"), ("memory=1", .memory, 1, "1"), ("swap=0", .swap, 0, "0"),
            ("cpu=2", .cpu, 200_000, "200000 100000"), ("cpu=0.5", .cpu, 50_000, "50000 100000"),
            ("cpu=1.125", .cpu, 112_500, "112500 100000"), ("cpu=0.01", .cpu, 1000, "1000 100000"),
            ("pids=512", .pids, 512, "512"), ("files=4096", .files, 4096, "4096"), ("core=0", .core, 0, "0"),
            ("stack=64M", .stack, 64 << 20, "67108864"), ("fsize=8191K", .fsize, 8191 << 10, "8387584"),
            ("hugetlb.2MB=1T", .hugePages, 1 << 40, "1099511627776"), ("cputime=60", .cputime, 60, "60"),
        ] as [(String, LimitKind, UInt64, String)])
    func areReadByName(_ text: String, _ kind: LimitKind, _ value: UInt64, _ written: String) throws {
        let limits = try Limit.parse(text)
        #expect(limits == [Limit(kind, value)])
        #expect(limits[0].controlGroupText == written)
    }

    @Test func areAList() throws {
        let limits = try Limit.parse("memory=4G,cpu=2,pids=512,files=4096")
        #expect(limits.map(\.kind) == [.memory, .cpu, .pids, .files])
        #expect(limits.map { $0.kind.controlGroupFile?.file } == ["memory.max", "cpu.max", "pids.max", nil])
    }

    @Test(arguments: [
        "", ",", "memory", "memory=", "memory=0", "memory=-1", "memory=+1", "memory= 1", "memory=4g", "memory=4GB",
        "memory=01", "memory=max", "memory=1e9", "memory=9223372036854775808", "memory=8388608T", "memory=99999999999T",
        "memory=1,", "Memory=1", "cpu=0", "cpu=0.001", "cpu=.5", "cpu=1.", "cpu=1.2345", "cpu=-1", "cpu=1000000",
        "pids=0", "pids=4K", "files=0", "frobs=1", "memory=1,memory=2", "memory=1 ,cpu=1",
    ])
    func areRefused(_ text: String) { #expect(refusal { try Limit.parse(text) } != nil) }
}

import Glibc
import Testing

@testable import Linux

@Suite struct Accounts {
    @Test func rootIsKnownByNameAndByID() throws {
        let root = try PasswdEntry.named("root")
        #expect(root?.user == 0)
        #expect(try PasswdEntry.of(user: 0)?.name == "root")
    }

    @Test func nobodyHasAnImpossibleName() throws {
        #expect(try PasswdEntry.named("no such:name") == nil)
        #expect(try PasswdEntry.of(user: 4_294_967_294) == nil)
    }

    @Test func groupsHoldTheGivenOne() throws { #expect(try groups(ofAccount: "root", and: 4321).contains(4321)) }
}

@Suite struct IdentityMaps {
    @Test func ofTheKernelAreRead() throws {
        let map = IdentityMap(parsing: "         0          0 4294967295\n")
        #expect(map == .initial)
        #expect(IdentityMap(parsing: "") == IdentityMap(lines: []))
        let own = try #require(IdentityMap(parsing: try readText("/proc/self/uid_map")))
        #expect(own.outside(of: Credentials.effectiveUser) != nil)
    }

    @Test(arguments: ["0 0", "0 0 1 1", "a 0 1", "0 0 -1", "0 0 4294967296"])
    func areNothingElse(_ text: String) { #expect(IdentityMap(parsing: text) == nil) }

    @Test(
        arguments: [(0, 1000), (1, 100_000), (65536, 165_535), (65537, nil), (4_294_967_295, nil)]
            as [(UInt32, UInt32?)])
    func sayWhatAnIDIsOutside(_ inside: UInt32, _ outside: UInt32?) {
        #expect(IdentityMap(parsing: "0 1000 1\n1 100000 65536\n")?.outside(of: inside) == outside)
    }
}

@Suite struct SubordinateLines {
    @Test func areReadAndOthersPassedOver() {
        let text = "alice:100000:65536\n# no\n\nbob:1:x\n1002:5:6\ncarol:1\n:1:2\n#dave:1:2\neve:1:2:3\n"
        #expect(
            SubordinateLine.parse(text) == [
                SubordinateLine(owner: "alice", first: 100_000, count: 65536),
                SubordinateLine(owner: "1002", first: 5, count: 6),
            ])
    }

    @Test func areNoneWhereThereIsNoFile() throws { #expect(try SubordinateLine.read("/nonexistent/subuid") == []) }
}

/// The two ends of a pipe(2).
private struct Pipe: ~Copyable {
    let reader: Descriptor
    let writer: Descriptor

    init() throws(SystemError) {
        var numbers: [Int32] = [0, 0]
        try attempt("pipe2") { pipe2(&numbers, O_CLOEXEC) }
        reader = Descriptor(owning: numbers[0])
        writer = Descriptor(owning: numbers[1])
    }

    /// Closes the end that reads.
    consuming func withoutReader() -> Descriptor { writer }
}

@Suite struct Records {
    @Test func arriveWhole() throws {
        let pipe = try Pipe()
        try pipe.writer.writeRecord(Array("one\n".utf8))
        #expect(try pipe.reader.readAll(limit: 4) == Array("one\n".utf8))
    }

    @Test func toAReaderThatHasGoneThrowAndKillNobody() throws {
        let writer = try Pipe().withoutReader()
        var reason: Errno?
        do { try writer.writeRecord([1]) } catch { reason = error.reason }
        #expect(reason == Errno(EPIPE))
    }

    @Test func areNoRecordsWhereOnlyAPartFits() throws {
        let pipe = try Pipe()
        try attempt("fcntl") { fcntl(pipe.writer.number, F_SETFL, O_NONBLOCK) }
        var reason: Errno?
        do { try pipe.writer.writeRecord([UInt8](repeating: 0, count: 1 << 20)) } catch { reason = error.reason }
        #expect(reason == Errno(EIO))
    }
}

@Suite struct Duplicates {
    @Test func areAboveTheStandardStreamsAndClosedOnExec() throws {
        let copy = try FileReference(0).duplicate()
        #expect(copy.number > 2)
        #expect(fcntl(copy.number, F_GETFD) == FD_CLOEXEC)
    }
}

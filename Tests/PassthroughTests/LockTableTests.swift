import Glibc
import Linux
import Testing

@testable import Passthrough

@Suite("An owner's description is open for as long as it has locks, or somebody is at work with it")
struct LockTableTests {
    private let table = LockTable()
    private let owner = LockOwner(node: 5, number: 1)
    /// The end of a pipe that sees the other end, which is the description, close.
    private let watched: Int32
    private let description: Int32

    init() {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        watched = ends[0]
        description = ends[1]
    }

    private var isOpen: Bool {
        var event = pollfd(fd: watched, events: Int16(POLLIN), revents: 0)
        return poll(&event, 1, 0) == 0
    }

    private func add(by handle: UInt64) {
        _ = table.add(Descriptor(owning: description), of: owner)
        table.note(owner, handle, process: 77)
    }

    @Test func unlockingEverythingEndsIt() {
        add(by: 3)
        table.finish(owner)
        #expect(isOpen)
        #expect(table.use(owner)?.number == description)
        table.finish(owner, ending: true)
        #expect(!isOpen && table.use(owner) == nil)
        close(watched)
    }

    @Test func itStaysForWhoeverIsAtWork() {
        add(by: 3)
        _ = table.use(owner)
        table.finish(owner, ending: true)
        #expect(isOpen)
        table.closing(3, of: 5) {}
        #expect(isOpen)
        table.finish(owner)
        #expect(!isOpen)
        close(watched)
    }

    @Test func theLastHandleEndsIt() {
        add(by: 3)
        table.note(owner, 4, process: 78)
        table.finish(owner)
        table.closing(3, of: 6) {}
        table.closing(3, of: 5) {}
        #expect(isOpen)
        table.closing(4, of: 5) {}
        #expect(!isOpen)
        close(watched)
    }

    @Test func whoeverIsQuickerHasTheOnlyOne() {
        add(by: 3)
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        #expect(table.add(Descriptor(owning: ends[1]), of: owner).number == description)
        #expect(write(ends[1], "x", 1) == -1 && errno == EBADF)
        table.finish(owner)
        table.finish(owner, ending: true)
        #expect(!isOpen)
        close(ends[0])
        close(watched)
    }

    @Test func whoeverClosesOrHasEndedIsLeaving() {
        add(by: 3)
        table.note(owner, 3, process: getpid())
        table.noteWhole(3, of: 5, process: getpid())
        let other = LockOwner(node: 5, number: 2)
        func leaving() -> [Bool] {
            table.others(than: other).map(\.rival.isLeaving) + table.otherLockers(than: 4, of: 5).map(\.isLeaving)
        }
        #expect(leaving() == [false, false])
        table.noteClose(4, of: 5)
        table.noteClose(3, of: 6)
        #expect(leaving() == [false, false])
        table.noteClose(3, of: 5)
        #expect(leaving() == [true, true])
        // No process can have that number.
        #expect(LockRival(process: 1 << 30).isLeaving && !LockRival(process: 0).isLeaving)
        table.finish(owner, ending: true)
        close(watched)
    }

    @Test func aCloseIsSeenUntilItIsOver() {
        let before = table.closings
        #expect(!table.isClosing(since: before))
        table.closing(3, of: 5) { #expect(table.isClosing(since: before)) }
        #expect(table.isClosing(since: before) && !table.isClosing(since: table.closings))
        close(watched)
        close(description)
    }

    @Test func othersAreTheOthersOfTheSameFile() {
        add(by: 3)
        #expect(table.others(than: owner).isEmpty)
        #expect(table.others(than: LockOwner(node: 5, number: 2)).map(\.rival.process) == [77])
        #expect(table.others(than: LockOwner(node: 6, number: 2)).isEmpty)
        table.noteWhole(3, of: 5, process: 79)
        #expect(table.otherLockers(than: 4, of: 5).map(\.process) == [79] && table.otherLockers(than: 3, of: 5).isEmpty)
        table.noteWhole(3, of: 5, process: 0)
        #expect(table.otherLockers(than: 4, of: 5).isEmpty)
        table.finish(owner, ending: true)
        close(watched)
    }
}

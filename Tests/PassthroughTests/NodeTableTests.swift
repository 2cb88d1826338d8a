import Glibc
import Linux
import Testing

@testable import Passthrough

/// What the table of nodes promises to the kernel, and to the rest of the file server.
@Suite struct NodeTableTests {
    private let home = FileKey(device: 1, inode: 2, birth: 3)
    private func key(_ inode: UInt64, birth: Int64 = 0) -> FileKey { FileKey(device: 1, inode: inode, birth: birth) }

    private func isStale(_ number: UInt64, _ table: borrowing NodeTable) -> Bool {
        do throws(Errno) { _ = try table.index(of: number) } catch { return error == Errno(ESTALE) }
        return false
    }

    @Test func theRootIsNumberOne() throws {
        let table = try NodeTable(root: home)
        let isRoot = try table.index(of: 1) == NodeTable.root
        #expect(isRoot)
        let isFirst = table.number(of: NodeTable.root) == 1
        #expect(isFirst)
    }

    @Test func namesOfOneFileShareANode() throws {
        var table = try NodeTable(root: home)
        let (first, _) = try table.remember(key(10), "a", in: NodeTable.root)
        let (second, _) = try table.remember(key(10), "b", in: NodeTable.root)
        #expect(first == second)
        let lookupsAreTwo = table[first].lookups == 2
        #expect(lookupsAreTwo)
        let name = String(cString: table.name(of: first))
        #expect(name == "b")
    }

    @Test func aReusedInodeIsAnotherFile() throws {
        var table = try NodeTable(root: home)
        let (old, _) = try table.remember(key(10, birth: 1), "a", in: NodeTable.root)
        let (new, _) = try table.remember(key(10, birth: 2), "a", in: NodeTable.root)
        #expect(old != new)
    }

    @Test func aRetiredFileIsNotFoundAgain() throws {
        var table = try NodeTable(root: home)
        let (old, _) = try table.remember(key(10), "a", in: NodeTable.root)
        table.retire(old)
        let (new, _) = try table.remember(key(10), "a", in: NodeTable.root)
        #expect(old != new)
    }

    @Test func aNodeGoesWithItsLastLookup() throws {
        var table = try NodeTable(root: home)
        let (index, _) = try table.remember(key(10), "a", in: NodeTable.root)
        _ = try table.remember(key(10), "a", in: NodeTable.root)
        let number = table.number(of: index)
        table.forget(index, lookups: 1) { _ in Issue.record("freed too early") }
        var freed = 0
        table.forget(index, lookups: 1) { _ in freed += 1 }
        #expect(freed == 1)
        let isAlone = table.count == 1
        #expect(isAlone)
        let stale = isStale(number, table)
        #expect(stale)
    }

    @Test func anOldNumberDoesNotReachANewFile() throws {
        var table = try NodeTable(root: home)
        let (old, _) = try table.remember(key(10), "a", in: NodeTable.root)
        let oldNumber = table.number(of: old)
        table.forget(old, lookups: 1) { _ in }
        let (new, _) = try table.remember(key(11), "b", in: NodeTable.root)
        #expect(new == old)
        let isAnother = table.number(of: new) != oldNumber
        #expect(isAnother)
        let stale = isStale(oldNumber, table)
        #expect(stale)
    }

    @Test func aDirectoryStaysWhileAChildNeedsIt() throws {
        var table = try NodeTable(root: home)
        let (directory, _) = try table.remember(key(10), "d", in: NodeTable.root)
        let (file, _) = try table.remember(key(11), "f", in: directory)
        table.forget(directory, lookups: 1) { _ in Issue.record("the parent went first") }
        var freed: [UInt64] = []
        table.forget(file, lookups: 1) { freed.append($0.key.inode) }
        #expect(freed == [11, 10])
    }

    @Test func aMoveChangesParentAndName() throws {
        var table = try NodeTable(root: home)
        let (directory, _) = try table.remember(key(10), "d", in: NodeTable.root)
        let (file, _) = try table.remember(key(11), "f", in: NodeTable.root)
        try table.place(file, "g", in: directory)
        let isMoved = table.isPlaced(file, "g", in: directory)
        #expect(isMoved)
        let hasOneChild = table[directory].children == 1
        #expect(hasOneChild)
    }

    @Test func aForgottenDirectoryGoesWithTheLastThatMovesAway() throws {
        var table = try NodeTable(root: home)
        let (directory, _) = try table.remember(key(10), "d", in: NodeTable.root)
        let (file, _) = try table.remember(key(11), "f", in: directory)
        table.forget(directory, lookups: 1) { _ in Issue.record("the parent went first") }
        var freed: [UInt64] = []
        _ = try table.remember(key(11), "g", in: NodeTable.root) { freed.append($0.key.inode) }
        #expect(freed == [10])
        let isMoved = table.isPlaced(file, "g", in: NodeTable.root)
        #expect(isMoved)
    }

    @Test func nothingIsPlacedInADirectoryThatIsGone() throws {
        var table = try NodeTable(root: home)
        let (directory, _) = try table.remember(key(10), "d", in: NodeTable.root)
        table.forget(directory, lookups: 1) { _ in }
        var refusal: Errno?
        do throws(Errno) { _ = try table.remember(key(11), "f", in: directory) } catch { refusal = error }
        #expect(refusal == Errno(ESTALE))
    }

    @Test func aNodeThatIsNamedAgainGivesUpItsDescriptor() throws {
        var table = try NodeTable(root: home)
        let (index, _) = try table.remember(key(10), "a", in: NodeTable.root)
        table[index].pin = 7
        let (_, unpinned) = try table.remember(key(10), "b", in: NodeTable.root)
        #expect(unpinned == 7)
        let hasNoPin = table[index].pin == -1
        #expect(hasNoPin)
    }

    @Test func manyNodesAreFoundAfterTheChainsHaveGrown() throws {
        var table = try NodeTable(root: home)
        for inode in 100..<5100 { _ = try table.remember(key(UInt64(inode)), "f\(inode)", in: NodeTable.root) }
        let missing = (100..<5100).filter { table.find(key(UInt64($0))) == nil }
        #expect(missing.isEmpty)
        let hasAll = table.count == 5001
        #expect(hasAll)
    }

    @Test func aNodeTakesSixtyFourBytes() { #expect(MemoryLayout<Node>.stride <= 72) }

    @Test(arguments: [0, 2, 1 << 32 | 1, UInt64.max] as [UInt64])
    func aNumberThatWasNeverGivenIsStale(number: UInt64) throws {
        let table = try NodeTable(root: home)
        let stale = isStale(number, table)
        #expect(stale)
    }
}
